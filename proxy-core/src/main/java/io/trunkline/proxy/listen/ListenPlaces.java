package io.trunkline.proxy.listen;

import io.trunkline.config.ConnectionParameters;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.config.PoolParameters;
import java.util.List;

/**
 * Where somebody is to be listened for.
 *
 * @param addresses host names or addresses; {@code *} is all
 * @param directories of Unix-domain sockets, whose names come from the port
 * @param backlog how many may wait to be accepted
 * @param access to the Unix-domain sockets
 */
public record ListenPlaces(
        List<String> addresses, int port, List<String> directories, int backlog, SocketAccess access) {
    private static final int MIN_BACKLOG = 128;
    private static final int MAX_BACKLOG = 65_535;

    /** Pgpool-II lets everybody connect to this socket: the password decides. */
    private static final int EVERYBODY = 0777;

    public ListenPlaces {
        addresses = List.copyOf(addresses);
        directories = List.copyOf(directories);
    }

    /** Where clients of PostgreSQL come in. */
    public static ListenPlaces ofClients(PgpoolConfig config) {
        return new ListenPlaces(
                config.get(ConnectionParameters.LISTEN_ADDRESSES),
                config.get(ConnectionParameters.PORT),
                config.get(ConnectionParameters.UNIX_SOCKET_DIRECTORIES),
                backlog(config),
                new SocketAccess(
                        ConnectionParameters.UNIX_SOCKET_DIRECTORIES.name(),
                        config.get(ConnectionParameters.UNIX_SOCKET_GROUP),
                        config.get(ConnectionParameters.UNIX_SOCKET_PERMISSIONS)));
    }

    /** Where administrators come in, by PCP. */
    public static ListenPlaces ofAdministrators(PgpoolConfig config) {
        return new ListenPlaces(
                config.get(ConnectionParameters.PCP_LISTEN_ADDRESSES),
                config.get(ConnectionParameters.PCP_PORT),
                config.get(ConnectionParameters.PCP_SOCKET_DIR),
                MIN_BACKLOG,
                new SocketAccess(ConnectionParameters.PCP_SOCKET_DIR.name(), "", EVERYBODY));
    }

    private static int backlog(PgpoolConfig config) {
        long wanted = (long) config.get(PoolParameters.NUM_INIT_CHILDREN)
                * config.get(ConnectionParameters.LISTEN_BACKLOG_MULTIPLIER);
        return (int) Math.max(MIN_BACKLOG, Math.min(MAX_BACKLOG, wanted));
    }
}
