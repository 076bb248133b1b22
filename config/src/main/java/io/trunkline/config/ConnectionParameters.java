package io.trunkline.config;

import static io.trunkline.config.DurationType.seconds;
import static io.trunkline.config.Types.MAX;
import static io.trunkline.config.Types.bool;
import static io.trunkline.config.Types.integer;
import static io.trunkline.config.Types.list;
import static io.trunkline.config.Types.port;
import static io.trunkline.config.Types.text;

import io.trunkline.config.Declaration.Section;
import java.time.Duration;
import java.util.List;

/** Where Trunkline listens and how clients authenticate. */
public final class ConnectionParameters {
    private static final Section CONNECTIONS = new Section(Group.CONNECTIONS);

    public static final Parameter<List<String>> LISTEN_ADDRESSES = CONNECTIONS
            .startup(
                    "listen_addresses",
                    list(','),
                    "localhost",
                    "Host names or addresses on which clients are accepted; * is all, empty is Unix sockets only.")
            .single();

    public static final Parameter<Integer> PORT = CONNECTIONS
            .startup("port", port(), "9999", "Port for clients, also part of the Unix socket's name.")
            .single();

    public static final Parameter<List<String>> UNIX_SOCKET_DIRECTORIES = CONNECTIONS
            .startup(
                    "unix_socket_directories",
                    list(','),
                    "/tmp",
                    "Directories in which a Unix socket for clients is made.")
            .formerly("socket_dir")
            .single();

    public static final Parameter<String> UNIX_SOCKET_GROUP = CONNECTIONS
            .startup("unix_socket_group", text(), "", "Group that owns the clients' Unix sockets.")
            .single();

    public static final Parameter<Integer> UNIX_SOCKET_PERMISSIONS = CONNECTIONS
            .startup(
                    "unix_socket_permissions",
                    IntegerType.permissions(),
                    "0777",
                    "Access permissions of the clients' Unix sockets.")
            .single();

    public static final Parameter<Integer> LISTEN_BACKLOG_MULTIPLIER = CONNECTIONS
            .startup(
                    "listen_backlog_multiplier",
                    integer(1, MAX),
                    "2",
                    "Length of the operating system's queue of new connections, as a multiple of num_init_children.")
            .single();

    public static final Parameter<Boolean> SERIALIZE_ACCEPT = CONNECTIONS
            .startup(
                    "serialize_accept",
                    bool(),
                    "off",
                    "Lets one child process at a time accept connections. Trunkline has no child processes.")
            .notNeeded()
            .single();

    public static final Parameter<List<String>> PCP_LISTEN_ADDRESSES = CONNECTIONS
            .startup(
                    "pcp_listen_addresses",
                    list(','),
                    "localhost",
                    "Host names or addresses on which PCP commands are accepted; * is all, empty is Unix sockets only.")
            .single();

    public static final Parameter<Integer> PCP_PORT = CONNECTIONS
            .startup("pcp_port", port(), "9898", "Port for PCP commands.")
            .single();

    public static final Parameter<List<String>> PCP_SOCKET_DIR = CONNECTIONS
            .startup("pcp_socket_dir", list(','), "/tmp", "Directories in which a Unix socket for PCP is made.")
            .single();

    public static final Parameter<Boolean> ENABLE_POOL_HBA = CONNECTIONS
            .reload("enable_pool_hba", bool(), "off", "Decides by pool_hba.conf who may connect and how.")
            .single();

    public static final Parameter<String> IDENT_FILE = CONNECTIONS
            .reload(
                    "ident_file",
                    text(),
                    "pool_ident.conf",
                    "File of the user name maps of pool_hba.conf, taken from the directory of pgpool.conf; need not exist.")
            .own()
            .single();

    public static final Parameter<String> POOL_PASSWD = CONNECTIONS
            .startup(
                    "pool_passwd",
                    text(),
                    "pool_passwd",
                    "File of users and passwords, taken from the directory of pgpool.conf; empty means none.")
            .secret()
            .single();

    public static final Parameter<Boolean> ALLOW_CLEAR_TEXT_FRONTEND_AUTH = CONNECTIONS
            .reload(
                    "allow_clear_text_frontend_auth",
                    bool(),
                    "off",
                    "Asks a client without an entry in pool_passwd for its password in clear text, to use it for the nodes.")
            .single();

    public static final Parameter<Duration> AUTHENTICATION_TIMEOUT = CONNECTIONS
            .startup(
                    "authentication_timeout",
                    seconds(0, MAX),
                    "1min",
                    "How long a client may take to authenticate; 0 is without limit.")
            .single();

    public static final Parameter<String> AUTH_QUERY = CONNECTIONS
            .reload(
                    "auth_query",
                    text(),
                    "SELECT rolname, rolpassword FROM pg_catalog.pg_authid"
                            + " WHERE rolname OPERATOR(pg_catalog.=) $1::pg_catalog.text::pg_catalog.name AND rolcanlogin"
                            + " AND (rolvaliduntil IS NULL OR rolvaliduntil OPERATOR(pg_catalog.>) pg_catalog.now())",
                    "Query that returns name and stored password of the user $1, or no row. Used for users without an entry"
                            + " in pool_passwd.")
            .own()
            .single();

    public static final Parameter<String> AUTH_QUERY_USER = CONNECTIONS
            .reload("auth_query_user", text(), "", "User who runs auth_query; empty means that it is not run.")
            .own()
            .single();

    public static final Parameter<String> AUTH_QUERY_PASSWORD = CONNECTIONS
            .reload(
                    "auth_query_password",
                    text(),
                    "",
                    "Password of that user, also with the prefix TEXT, AES or md5; empty takes the entry in pool_passwd.")
            .own()
            .secret()
            .single();

    public static final Parameter<String> AUTH_QUERY_DATABASE = CONNECTIONS
            .reload("auth_query_database", text(), "postgres", "Database in which auth_query is run.")
            .own()
            .single();

    public static final Parameter<Duration> AUTH_QUERY_CACHE_TTL = CONNECTIONS
            .reload(
                    "auth_query_cache_ttl",
                    seconds(1, 86_400),
                    "10s",
                    "How long an answer of auth_query is used; longer only while no node answers.")
            .own()
            .single();

    public static final Parameter<Integer> MAX_HALF_OPEN_CONNECTIONS = CONNECTIONS
            .reload(
                    "max_half_open_connections",
                    integer(0, MAX),
                    "10000",
                    "The most clients that have connected and not authenticated yet; more are refused. 0 is without limit.")
            .own()
            .single();

    public static final Parameter<Integer> MAX_HALF_OPEN_CONNECTIONS_PER_ADDRESS = CONNECTIONS
            .reload(
                    "max_half_open_connections_per_address",
                    integer(0, MAX),
                    "1000",
                    "The same for the clients of one address; of IPv6, of one network of 64 bits. 0 is without limit.")
            .own()
            .single();

    private ConnectionParameters() {}

    static List<List<ParameterDefinition<?>>> sections() {
        return List.of(CONNECTIONS.definitions());
    }
}
