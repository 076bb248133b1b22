package io.trunkline.config;

import java.nio.charset.StandardCharsets;

/** Where PostgreSQL, and with it every client of PostgreSQL, looks for a Unix-domain socket. */
public final class SocketPath {
    /** What Linux takes, without the NUL at the end; others take less, and say so themselves. */
    public static final int MAX_BYTES = 107;

    private SocketPath() {}

    /** {@code /run/postgresql} and 5432 give {@code /run/postgresql/.s.PGSQL.5432}. */
    public static String in(String directory, int port) {
        return directory + (directory.endsWith("/") ? "" : "/") + ".s.PGSQL." + port;
    }

    /** The length of that path in bytes, to be compared with {@link #MAX_BYTES}. */
    public static int lengthIn(String directory, int port) {
        return in(directory, port).getBytes(StandardCharsets.UTF_8).length;
    }
}
