package io.trunkline.proxy.log;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import io.trunkline.config.LoggingParameters.SyslogFacility;
import io.trunkline.config.MessageLevel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The system's log, by datagrams to a Unix socket in the form of syslog(3). Java has no such sockets; Netty's native
 * part has. As in PostgreSQL each message has a number, and long ones and those of several lines go in pieces, {@code
 * [12-1]}, {@code [12-2]}. One thread.
 */
final class Syslog implements AutoCloseable {
    static final Path SOCKET = Path.of("/dev/log");

    /** Bytes of a piece, as in PostgreSQL (PG_SYSLOG_LIMIT): many daemons cut what is longer. */
    static final int PIECE = 900;

    private static final int MAX_IDENT = 128;
    private static final int MAX_HEADER = MAX_IDENT * 3 + 96;

    /** How often, and for how long, a daemon that is behind is waited for. */
    private static final int WAITS = 20;

    private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int LOCAL0 = 16;

    private final byte[] path;
    private final long pid;
    private final DateTimeFormatter time;
    private final ByteBuffer datagram = ByteBuffer.allocateDirect(MAX_HEADER + PIECE);
    private String ident = "";
    private SyslogFacility facility = SyslogFacility.LOCAL0;
    private @Nullable Socket socket;
    private long number;

    Syslog(Path path, long pid, ZoneId zone) {
        this.path = path.toString().getBytes(StandardCharsets.UTF_8);
        this.pid = pid;
        this.time =
                DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ENGLISH).withZone(zone);
    }

    void configure(SyslogFacility freshFacility, String freshIdent) {
        facility = freshFacility;
        ident = freshIdent.substring(0, Math.min(freshIdent.length(), MAX_IDENT));
    }

    /**
     * @return false if the daemon is so far behind that the message, or its rest, was given up
     * @throws IOException if nobody listens there
     */
    boolean send(LogWriter.Line line) throws IOException {
        String header = "<" + ((LOCAL0 + facility.ordinal()) * 8 + severity(line.level())) + ">"
                + time.format(line.time()) + " " + ident + "[" + pid + "]: [" + ++number + "-";
        int piece = 0;
        for (String text : line.plain().split("\n", -1)) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            int from = 0;
            while (from < bytes.length) {
                int to = pieceEnd(bytes, from);
                if (!send(header + ++piece + "] ", bytes, from, to)) {
                    return false;
                }
                from = to;
            }
        }
        return true;
    }

    /** At a blank if there is one, else between two characters. */
    private static int pieceEnd(byte[] bytes, int from) {
        int limit = from + PIECE;
        if (bytes.length <= limit) {
            return bytes.length;
        }
        for (int end = limit; end > from; end--) {
            if (bytes[end] == ' ' || bytes[end] == '\t') {
                return end;
            }
        }
        int end = limit;
        while ((bytes[end] & 0xc0) == 0x80) {
            end--;
        }
        return end;
    }

    private boolean send(String header, byte[] bytes, int from, int to) throws IOException {
        datagram.clear();
        datagram.put(header.getBytes(StandardCharsets.UTF_8)).put(bytes, from, to - from);
        for (int i = 0; i < WAITS; i++) {
            if (open().sendToDomainSocket(datagram, 0, datagram.position(), path) > 0) {
                return true;
            }
            LockSupport.parkNanos(WAIT_NANOS);
        }
        return false;
    }

    private Socket open() throws IOException {
        Socket open = socket;
        if (open == null) {
            if (!Epoll.isAvailable()) {
                throw new IOException("Netty's native part is missing: " + Epoll.unavailabilityCause());
            }
            open = Socket.newSocketDomainDgram();
            socket = open;
        }
        return open;
    }

    /** As PostgreSQL and Pgpool-II translate. */
    private static int severity(MessageLevel level) {
        return switch (level) {
            case DEBUG5, DEBUG4, DEBUG3, DEBUG2, DEBUG1 -> 7;
            case INFO, LOG -> 6;
            case NOTICE, WARNING -> 5;
            case ERROR -> 4;
            case FATAL -> 3;
            case PANIC -> 2;
        };
    }

    @Override
    public void close() throws IOException {
        Socket open = socket;
        socket = null;
        if (open != null) {
            open.close();
        }
    }
}
