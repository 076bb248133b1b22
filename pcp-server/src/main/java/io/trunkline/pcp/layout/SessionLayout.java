package io.trunkline.pcp.layout;

import io.trunkline.pcp.ProcessFacts;
import io.trunkline.pcp.SessionFacts;
import java.util.List;

/** SHOW POOL_SESSIONS, which is Trunkline's own and the same whatever release of Pgpool-II it passes for. */
public final class SessionLayout {
    private static final List<String> COLUMNS = List.of(
            "session_id",
            "pool_pid",
            "database",
            "username",
            "application_name",
            "client_host",
            "client_port",
            "client_connection_time",
            "status",
            "client_idle_duration",
            "node_id",
            "load_balance_node",
            "pinned_to",
            "pinned_by",
            "pool_mode",
            "pool_mode_source",
            "waits_for",
            "bytes_from_client",
            "bytes_to_client",
            "statement");

    private SessionLayout() {}

    public static Table show(List<SessionFacts> sessions) {
        return new Table(COLUMNS, sessions.stream().map(SessionLayout::row).toList());
    }

    private static List<String> row(SessionFacts session) {
        return List.of(
                Texts.number(session.number()),
                Texts.number(ProcessFacts.pid(session.slot())),
                session.database(),
                session.user(),
                session.application(),
                session.host(),
                session.port(),
                Texts.time(session.connectedAt()),
                session.status().text(),
                Texts.number(session.idle().toSeconds()),
                node(session.node()),
                node(session.readNode()),
                node(session.pinnedTo()),
                session.pinnedBy(),
                session.poolMode(),
                session.poolModeSource(),
                session.waitsFor(),
                Texts.number(session.bytesFromClient()),
                Texts.number(session.bytesToClient()),
                session.statement());
    }

    private static String node(int id) {
        return id < 0 ? "" : Texts.number(id);
    }
}
