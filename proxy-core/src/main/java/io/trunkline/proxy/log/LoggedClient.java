package io.trunkline.proxy.log;

/**
 * The client that a message is about: the value of {@link LogFields#CLIENT}. Asked on the thread that logs, and only if
 * the message is written and its line shows a client.
 */
public interface LoggedClient {
    /** The number of its session, which stands where a server tells its process id. */
    int session();

    String user();

    String database();

    /** Its address, the name of its host with log_hostname, or {@code [local]} for a Unix socket. */
    String host();

    /** Its port; empty for a Unix socket. */
    String port();

    /** As it names itself; empty if it does not. */
    String applicationName();
}
