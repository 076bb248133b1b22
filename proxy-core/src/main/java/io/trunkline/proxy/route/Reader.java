package io.trunkline.proxy.route;

/**
 * Who reads, as the redirect lists know a session. The names are those of its StartupMessage; what the session sets
 * later does not count.
 */
public record Reader(String application, String database, String user) {}
