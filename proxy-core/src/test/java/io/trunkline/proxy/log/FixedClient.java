package io.trunkline.proxy.log;

/** A client that stays the same. */
record FixedClient(int session, String user, String database, String host, String port, String applicationName)
        implements LoggedClient {}
