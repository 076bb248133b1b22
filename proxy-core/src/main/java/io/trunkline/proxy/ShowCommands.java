package io.trunkline.proxy;

import io.trunkline.pcp.layout.NodeLayout;
import io.trunkline.pcp.layout.Table;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.proxy.admin.Administration;
import io.trunkline.proxy.session.LocalCommands;
import io.trunkline.proxy.session.LocalResult;
import java.util.List;

/** Answers SHOW POOL_NODES and SHOW POOL_VERSION as Pgpool-II does (its manual, "SQL type commands"). */
final class ShowCommands implements LocalCommands {
    private final Administration administration;

    ShowCommands(Administration administration) {
        this.administration = administration;
    }

    @Override
    public LocalResult answer(String command, int readNode) {
        return switch (command) {
            case "pool_nodes" ->
                table(new NodeLayout(administration.version())
                        .show(administration.nodes().nodes(), readNode));
            case "pool_version" ->
                LocalResult.table(
                        List.of("pool_version"), List.of(List.of(Version.poolVersion(administration.version()))));
            default ->
                LocalResult.error(ServerMessage.error(
                        SqlState.FEATURE_NOT_SUPPORTED, "SHOW " + command + " is not known to Trunkline"));
        };
    }

    private static LocalResult table(Table table) {
        return LocalResult.table(table.columns(), table.rows());
    }
}
