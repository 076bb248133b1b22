package io.trunkline.pool;

import io.netty.channel.ServerChannel;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Makes Unix-domain sockets that listen. Whoever may not connect in the end cannot do so before: owner and permissions
 * are put in place after the file has come to be and before the socket listens under its name.
 */
public interface UnixListener {
    /** Changes a socket's file before anybody can connect to it. */
    interface Preparation {
        void prepare(Path socketFile) throws IOException;
    }

    /**
     * Makes a socket; blocks for as long as the file system does.
     *
     * @param path free, and short enough for the operating system
     * @return a channel that listens and is not yet registered with an event loop; closing it leaves the file
     */
    ServerChannel listen(Path path, int backlog, Preparation preparation) throws IOException;
}
