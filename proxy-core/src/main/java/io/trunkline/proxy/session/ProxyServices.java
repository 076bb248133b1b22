package io.trunkline.proxy.session;

import io.trunkline.config.PgpoolConfig;
import io.trunkline.failover.ClusterView;
import io.trunkline.failover.NodeEvents;
import io.trunkline.pool.BackendPool;
import io.trunkline.pool.BufferMemory;
import io.trunkline.pool.StartupProfiles;
import io.trunkline.protocol.tls.ServerTls;
import io.trunkline.proxy.auth.HbaDecider;
import io.trunkline.proxy.auth.HostNames;
import io.trunkline.proxy.auth.Logins;
import io.trunkline.proxy.auth.PeerUsers;
import io.trunkline.proxy.catalog.Catalogs;
import io.trunkline.proxy.route.RoutingRules;
import java.util.Optional;
import java.util.concurrent.Executor;

/** What all sessions share, over all event loops. Safe for any thread; what a reload replaces is read afresh. */
public interface ProxyServices {
    SessionLimits limits();

    /** The configuration in force. */
    PgpoolConfig config();

    /** What {@link #limits()} would be with another configuration. */
    SessionLimits limits(PgpoolConfig config);

    /** What the configuration says about routing. */
    RoutingRules routing();

    ClusterView cluster();

    /** Where sessions report what they see of nodes. */
    NodeEvents nodeEvents();

    BackendPool pool();

    StartupProfiles profiles();

    /** Where users are known from. */
    Logins logins();

    /** Which rule of pool_hba.conf is for a connection; whether rules are in force is for the caller to know. */
    HbaDecider hba();

    /** The names of clients' hosts. */
    HostNames hostNames();

    /** Which users of the operating system are at the other ends of Unix-domain sockets. */
    PeerUsers peerUsers();

    SessionSlots slots();

    SessionQuotas quotas();

    HalfOpenClients halfOpenClients();

    /** The bound to all buffers. */
    BufferMemory memory();

    CancelKeys cancelKeys();

    /** The backends that listen for sessions which share theirs. */
    SharedListeners sharedListeners();

    /** The encryption that clients are offered; empty while ssl is off. */
    Optional<ServerTls> clientTls();

    /** What is known of the databases' tables and functions. */
    Catalogs catalogs();

    LocalCommands localCommands();

    /** Statements whose second try on another node has been logged. */
    SeenShapes rerunShapes();

    /** For work that blocks or takes long. */
    Executor blocking();
}
