package io.trunkline.proxy;

import io.trunkline.config.CompatVersion;
import io.trunkline.pcp.ProcessList;
import io.trunkline.pcp.SessionFacts;
import io.trunkline.pcp.layout.CacheLayout;
import io.trunkline.pcp.layout.EventLayout;
import io.trunkline.pcp.layout.HealthCheckLayout;
import io.trunkline.pcp.layout.NodeLayout;
import io.trunkline.pcp.layout.ProcessLayout;
import io.trunkline.pcp.layout.SessionLayout;
import io.trunkline.pcp.layout.SettingLayout;
import io.trunkline.pcp.layout.StatementLayout;
import io.trunkline.pcp.layout.Table;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.proxy.admin.Administration;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.session.Asker;
import io.trunkline.proxy.session.LocalCommands;
import io.trunkline.proxy.session.LocalResult;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Answers the SHOW POOL and PGPOOL commands as Pgpool-II does (its manual, "SQL type commands"). */
final class ShowCommands implements LocalCommands {
    private static final ProcessList NO_PROCESSES = new ProcessList(List.of(), 0, 0, Duration.ZERO);

    private final Administration administration;
    private final SettingCommands settings;

    ShowCommands(Administration administration) {
        this.administration = administration;
        this.settings = new SettingCommands(administration.version(), administration::mayChangeLog);
    }

    @Override
    public List<String> columns(Plan command, Asker asker) {
        CompatVersion version = administration.version();
        return switch (Objects.requireNonNull(command.name())) {
            case Plan.PGPOOL -> settings.columns(command, asker);
            case "pool_nodes" -> new NodeLayout(version).show(List.of(), -1).columns();
            case "pool_health_check_stats" ->
                new HealthCheckLayout(version).show(List.of()).columns();
            case "pool_backend_stats" ->
                new StatementLayout(version).show(List.of()).columns();
            case "pool_processes" ->
                new ProcessLayout(version).processes(NO_PROCESSES).columns();
            case "pool_pools" -> new ProcessLayout(version).pools(NO_PROCESSES).columns();
            case "pool_sessions" -> SessionLayout.show(List.of()).columns();
            default -> answer(command, asker).join().columns();
        };
    }

    @Override
    public CompletableFuture<LocalResult> answer(Plan command, Asker asker) {
        CompatVersion version = administration.version();
        return switch (Objects.requireNonNull(command.name())) {
            case Plan.PGPOOL -> CompletableFuture.completedFuture(settings.answer(command, asker));
            case "pool_nodes" -> nodes(asker.readNode());
            case "pool_health_check_stats" -> table(new HealthCheckLayout(version).show(administration.healthChecks()));
            case "pool_backend_stats" ->
                table(new StatementLayout(version).show(administration.nodes().statements()));
            case "pool_processes" -> processes(asker, new ProcessLayout(version)::processes);
            case "pool_pools" -> processes(asker, new ProcessLayout(version)::pools);
            case "pool_sessions" -> sessions(asker);
            case "pool_events" -> table(EventLayout.show(administration.events()));
            case "pool_status" -> table(SettingLayout.show(asker.config().showAll()));
            case "pool_cache" -> table(CacheLayout.off());
            case "pool_version" ->
                table(new Table(List.of("pool_version"), List.of(List.of(Version.poolVersion(version)))));
            default ->
                CompletableFuture.completedFuture(LocalResult.error(ServerMessage.error(
                        SqlState.FEATURE_NOT_SUPPORTED, "SHOW " + command.name() + " is not known to Trunkline")));
        };
    }

    private CompletableFuture<LocalResult> nodes(int readNode) {
        NodeLayout layout = new NodeLayout(administration.version());
        return administration.nodes().looked().thenApply(nodes -> result(layout.show(nodes, readNode)));
    }

    private CompletableFuture<LocalResult> processes(Asker asker, Function<ProcessList, Table> layout) {
        String user = asker.user();
        boolean seesAll = administration.seesAllProcesses(user);
        return administration
                .processes()
                .processes()
                .thenApply(list -> result(layout.apply(seesAll ? list : list.ofUser(user))));
    }

    private CompletableFuture<LocalResult> sessions(Asker asker) {
        String user = asker.user();
        boolean seesAll = administration.seesAllSessions(user);
        return administration
                .processes()
                .sessions()
                .thenApply(sessions -> result(SessionLayout.show(sessions.stream()
                        .filter(session -> seesAll || isOf(session, user))
                        .toList())));
    }

    private static boolean isOf(SessionFacts session, String user) {
        return session.user().equals(user);
    }

    private static CompletableFuture<LocalResult> table(Table table) {
        return CompletableFuture.completedFuture(result(table));
    }

    private static LocalResult result(Table table) {
        return LocalResult.table(table.columns(), table.rows());
    }
}
