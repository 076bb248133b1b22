package io.trunkline.pool;

import java.io.FileNotFoundException;

/** What the failures of sockets mean, which each transport tells in its own way. */
public final class SocketFailure {
    /** Name and number of the system call, which epoll puts first. */
    private static final String CALL = "^\\w+\\(\\.\\.\\) failed with error\\(-\\d+\\): ";

    /** EAGAIN. */
    private static final String WOULD_BLOCK = "failed with error(-11)";

    private SocketFailure() {}

    /** The reason in the words of the operating system. */
    public static String text(Throwable failure) {
        String message = failure.getMessage();
        if (message == null) {
            return failure instanceof FileNotFoundException ? "No such file or directory" : failure.toString();
        }
        return message.replaceFirst(CALL, "");
    }

    /** Whether an attempt to connect to a Unix-domain socket failed since the queue of the listener was full. */
    static boolean isQueueFull(Throwable failure) {
        return String.valueOf(failure.getMessage()).contains(WOULD_BLOCK);
    }
}
