package io.trunkline.proxy.listen;

/**
 * Who may connect to a Unix-domain socket.
 *
 * @param parameter by which its directory is configured, for messages
 * @param group owner group by name or number; empty is that of the process
 * @param permissions as {@code chmod} takes them; to connect takes write permission
 */
public record SocketAccess(String parameter, String group, int permissions) {}
