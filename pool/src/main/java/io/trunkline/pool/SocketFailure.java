package io.trunkline.pool;

import io.netty.channel.ConnectTimeoutException;
import java.io.FileNotFoundException;
import java.util.regex.Pattern;

/** What the failures of sockets mean, which each transport tells in its own way. */
public final class SocketFailure {
    /** Name and number of the system call, which epoll puts first. */
    private static final String CALL = "^\\w+\\(\\.\\.\\) failed with error\\(-\\d+\\): ";

    /** EAGAIN. */
    private static final String WOULD_BLOCK = "failed with error(-11)";

    /** ETIMEDOUT. */
    private static final Pattern TIMEOUT = Pattern.compile("^connection timed out", Pattern.CASE_INSENSITIVE);

    private SocketFailure() {}

    /** The reason in the words of the operating system. */
    public static String text(Throwable failure) {
        String message = failure.getMessage();
        if (message == null) {
            return failure instanceof FileNotFoundException ? "No such file or directory" : failure.toString();
        }
        return message.replaceFirst(CALL, "");
    }

    /** Whether nothing answered in time, rather than that something said no. */
    static boolean isTimeout(Throwable failure) {
        return failure instanceof ConnectTimeoutException
                || TIMEOUT.matcher(text(failure)).find()
                || isQueueFull(failure);
    }

    /** Whether an attempt to connect to a Unix-domain socket failed since the queue of the listener was full. */
    static boolean isQueueFull(Throwable failure) {
        return String.valueOf(failure.getMessage()).contains(WOULD_BLOCK);
    }
}
