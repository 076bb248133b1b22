package io.trunkline.config;

import static io.trunkline.config.DurationType.seconds;
import static io.trunkline.config.Types.MAX;
import static io.trunkline.config.Types.bool;
import static io.trunkline.config.Types.integer;
import static io.trunkline.config.Types.list;
import static io.trunkline.config.Types.oneOf;
import static io.trunkline.config.Types.portOrNone;
import static io.trunkline.config.Types.text;

import io.trunkline.config.Declaration.Section;
import java.time.Duration;
import java.util.List;

/** Several proxies that watch each other and share a virtual address. */
public final class WatchdogParameters {
    /** {@code wd_lifecheck_method}. */
    public enum LifecheckMethod {
        QUERY,
        HEARTBEAT,
        EXTERNAL
    }

    private static final String SWITCH = "use_watchdog";
    private static final Section WATCHDOG = new Section(Group.WATCHDOG);

    public static final Parameter<Boolean> USE_WATCHDOG = WATCHDOG.startup(
                    SWITCH, bool(), "off", "Joins this proxy with others into a cluster.")
            .notBuilt()
            .single();

    public static final NodeParameter<String> HOSTNAME = WATCHDOG.reload(
                    "hostname", text(), "localhost", "Host name or address of a proxy of the cluster.")
            .formerlyOwn("wd_hostname")
            .formerlyPeer("other_pgpool_hostname")
            .notBuiltPartOf(SWITCH)
            .perNode();

    public static final NodeParameter<Integer> PGPOOL_PORT = WATCHDOG.reload(
                    "pgpool_port", portOrNone(), "0", "Port on which that proxy serves clients.")
            .formerlyPeer("other_pgpool_port")
            .notBuiltPartOf(SWITCH)
            .perNode();

    public static final NodeParameter<Integer> WD_PORT = WATCHDOG.reload(
                    "wd_port", portOrNone(), "0", "Port of that proxy's watchdog.")
            .formerlyOwn("wd_port")
            .formerlyPeer("other_wd_port")
            .notBuiltPartOf(SWITCH)
            .perNode();

    public static final Parameter<String> WD_LISTEN_ADDRESS = WATCHDOG.startup(
                    "wd_listen_address",
                    text(),
                    "",
                    "Address on which the watchdog listens; * is all, empty takes hostname of this proxy.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<Integer> WD_LISTEN_PORT = WATCHDOG.startup(
                    "wd_listen_port",
                    portOrNone(),
                    "0",
                    "Port on which the watchdog listens; 0 takes wd_port of this proxy.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> WD_IPC_SOCKET_DIR = WATCHDOG.startup(
                    "wd_ipc_socket_dir", text(), "/tmp", "Directory of the socket for commands to the watchdog.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> WD_AUTHKEY = WATCHDOG.reload(
                    "wd_authkey", text(), "", "Secret that all proxies of the cluster share to know each other.")
            .notBuiltPartOf(SWITCH)
            .secret()
            .single();

    public static final Parameter<Integer> WD_PRIORITY = WATCHDOG.startup(
                    "wd_priority", integer(0, MAX), "1", "The higher, the likelier this proxy is elected leader.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> DELEGATE_IP = WATCHDOG.startup(
                    "delegate_ip", text(), "", "Virtual address that the leader carries; empty means none.")
            .formerly("delegate_IP")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> IF_CMD_PATH = WATCHDOG.startup(
                    "if_cmd_path", text(), "/sbin", "Directory of if_up_cmd and if_down_cmd, unless they have one.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> IF_UP_CMD = WATCHDOG.startup(
                    "if_up_cmd",
                    text(),
                    "/usr/bin/sudo /sbin/ip addr add $_IP_$/24 dev eth0 label eth0:0",
                    "Command that brings the virtual address up; $_IP_$ stands for it.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> IF_DOWN_CMD = WATCHDOG.startup(
                    "if_down_cmd",
                    text(),
                    "/usr/bin/sudo /sbin/ip addr del $_IP_$/24 dev eth0",
                    "Command that takes the virtual address down.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> ARPING_PATH = WATCHDOG.startup(
                    "arping_path", text(), "/usr/sbin", "Directory of arping_cmd, unless it has one.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> ARPING_CMD = WATCHDOG.startup(
                    "arping_cmd",
                    text(),
                    "/usr/bin/sudo /usr/sbin/arping -U $_IP_$ -w 1 -I eth0",
                    "Command that tells the network where the virtual address is now.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> PING_PATH = WATCHDOG.startup(
                    "ping_path", text(), "/bin", "Directory of ping.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> TRUSTED_SERVERS = WATCHDOG.startup(
                    "trusted_servers",
                    text(),
                    "",
                    "Hosts, separated by commas; if none answers, this proxy takes itself for cut off.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> TRUSTED_SERVER_COMMAND = WATCHDOG.reload(
                    "trusted_server_command",
                    text(),
                    "ping -q -c3 %h",
                    "Command that finds out whether such a host, %h, answers.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<Boolean> CLEAR_MEMQCACHE_ON_ESCALATION = WATCHDOG.reload(
                    "clear_memqcache_on_escalation",
                    bool(),
                    "on",
                    "Empties the query cache when this proxy takes the virtual address.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> WD_ESCALATION_COMMAND = WATCHDOG.reload(
                    "wd_escalation_command",
                    text(),
                    "",
                    "Command run when this proxy becomes the leader, before it takes the virtual address.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> WD_DE_ESCALATION_COMMAND = WATCHDOG.reload(
                    "wd_de_escalation_command", text(), "", "Command run when this proxy ceases to be the leader.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<Boolean> WD_REMOVE_SHUTDOWN_NODES = WATCHDOG.reload(
                    "wd_remove_shutdown_nodes",
                    bool(),
                    "off",
                    "No longer counts a proxy for the quorum once it has been shut down in order.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<Duration> WD_LOST_NODE_REMOVAL_TIMEOUT = WATCHDOG.reload(
                    "wd_lost_node_removal_timeout",
                    seconds(0, MAX),
                    "0",
                    "After what time a proxy that was lost no longer counts for the quorum; 0 is never.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<Duration> WD_NO_SHOW_NODE_REMOVAL_TIMEOUT = WATCHDOG.reload(
                    "wd_no_show_node_removal_timeout",
                    seconds(0, MAX),
                    "0",
                    "After what time a proxy that never came up no longer counts for the quorum; 0 is never.")
            .formerly("wd_initial_node_showup_time")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<List<String>> WD_MONITORING_INTERFACES_LIST = WATCHDOG.startup(
                    "wd_monitoring_interfaces_list",
                    list(','),
                    "",
                    "Network interfaces whose loss is noticed at once; any is all but the loopback.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<LifecheckMethod> WD_LIFECHECK_METHOD = WATCHDOG.startup(
                    "wd_lifecheck_method",
                    oneOf(LifecheckMethod.class),
                    "heartbeat",
                    "How the proxies find out whether the others live.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<Duration> WD_INTERVAL = WATCHDOG.startup(
                    "wd_interval", seconds(0, MAX), "10s", "Time between two such checks.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final NodeParameter<String> HEARTBEAT_HOSTNAME = WATCHDOG.reload(
                    "heartbeat_hostname",
                    text(),
                    "",
                    "Host names or addresses, separated by semicolons, to which heartbeats for a proxy are sent.")
            .formerlyPeer("heartbeat_destination")
            .notBuiltPartOf(SWITCH)
            .perNode();

    public static final NodeParameter<Integer> HEARTBEAT_PORT = WATCHDOG.reload(
                    "heartbeat_port",
                    portOrNone(),
                    "0",
                    "UDP port for heartbeats of a proxy; that of this proxy is listened on.")
            .formerlyOwn("wd_heartbeat_port")
            .formerlyPeer("heartbeat_destination_port")
            .notBuiltPartOf(SWITCH)
            .perNode();

    public static final NodeParameter<String> HEARTBEAT_DEVICE = WATCHDOG.reload(
                    "heartbeat_device",
                    text(),
                    "",
                    "Network interfaces, separated by semicolons, for the heartbeats; it takes root to bind to one.")
            .notBuiltPartOf(SWITCH)
            .perNode();

    public static final Parameter<String> WD_HEARTBEAT_LISTEN_ADDRESSES = WATCHDOG.startup(
                    "wd_heartbeat_listen_addresses",
                    text(),
                    "",
                    "Addresses, separated by semicolons, on which heartbeats are received; * is all, empty takes"
                            + " heartbeat_hostname of this proxy.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<Integer> WD_HEARTBEAT_LISTEN_PORT = WATCHDOG.startup(
                    "wd_heartbeat_listen_port",
                    integer(0, 65535),
                    "0",
                    "UDP port on which heartbeats are received; 0 takes heartbeat_port of this proxy.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<Duration> WD_HEARTBEAT_KEEPALIVE = WATCHDOG.startup(
                    "wd_heartbeat_keepalive", seconds(1, MAX), "2s", "Time between two heartbeats.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<Duration> WD_HEARTBEAT_DEADTIME = WATCHDOG.startup(
                    "wd_heartbeat_deadtime",
                    seconds(1, MAX),
                    "30s",
                    "After what time without a heartbeat a proxy counts as dead.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<Integer> WD_LIFE_POINT = WATCHDOG.startup(
                    "wd_life_point",
                    integer(0, MAX),
                    "3",
                    "With the method query: how many failures in a row make a proxy count as dead.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> WD_LIFECHECK_QUERY = WATCHDOG.startup(
                    "wd_lifecheck_query", text(), "SELECT 1", "With the method query: the query.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> WD_LIFECHECK_DBNAME = WATCHDOG.reload(
                    "wd_lifecheck_dbname", text(), "template1", "With the method query: its database.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> WD_LIFECHECK_USER = WATCHDOG.reload(
                    "wd_lifecheck_user", text(), "", "With the method query: its user.")
            .notBuiltPartOf(SWITCH)
            .single();

    public static final Parameter<String> WD_LIFECHECK_PASSWORD = WATCHDOG.reload(
                    "wd_lifecheck_password", text(), "", "With the method query: the password of that user.")
            .notBuiltPartOf(SWITCH)
            .secret()
            .single();

    private WatchdogParameters() {}

    static List<List<ParameterDefinition<?>>> sections() {
        return List.of(WATCHDOG.definitions());
    }
}
