package io.trunkline.failover;

import io.trunkline.failover.SimulatedServer.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** The servers, the commands and the sessions around a coordinator, all of them simulated on its loop. */
final class SimulatedWorld implements Outside {
    private static final long CONNECT_MILLIS = 1_000;
    private static final long ASK_MILLIS = 8_000;

    /** What comes of a command. */
    enum CommandWay {
        WORKS,
        FAILS,
        HANGS,
        /** Ends well and has changed nothing. */
        DOES_NOTHING
    }

    private final VirtualLoop loop;
    private final Random random;
    final List<SimulatedServer> servers = new ArrayList<>();
    final List<CommandCall> calls = new ArrayList<>();
    final List<CommandCall> killed = new ArrayList<>();
    final List<Integer> closedIdle = new ArrayList<>();
    final List<Integer> endedTransactions = new ArrayList<>();
    CommandWay failover = CommandWay.WORKS;
    CommandWay follow = CommandWay.WORKS;
    CommandWay failback = CommandWay.DOES_NOTHING;
    CommandWay recovery = CommandWay.WORKS;
    long commandMillis = 100;

    /** When failover_command promotes; 0 = at any time while it runs. */
    long failoverPromotesAfter;

    /** Whether standbys find the new primary by themselves, as with a name that moves. */
    boolean standbysFollow = true;

    /** Whether failover_command stops the lost primary before it promotes. */
    boolean fences;

    /** Up to where clients were told that their commits are safe. */
    long acknowledged;

    int busy;
    boolean stragglersEnd = true;
    long maxLatency = 2;
    int healthChecks;

    /** Sees every command before it runs. */
    Consumer<CommandCall> commandSeen = call -> {};

    /** Sees every report that reaches the coordinator. */
    BiConsumer<Integer, NodeReport> reportSeen = (node, report) -> {};

    SimulatedWorld(VirtualLoop loop, int nodes, long seed) {
        this.loop = loop;
        this.random = new Random(seed);
        for (int id = 0; id < nodes; id++) {
            servers.add(new SimulatedServer(id));
        }
        primaryIs(0);
    }

    void primaryIs(int id) {
        for (SimulatedServer server : servers) {
            server.inRecovery = server.id != id;
            server.upstream = server.id == id ? -1 : id;
        }
    }

    SimulatedServer server(int id) {
        return servers.get(id);
    }

    void condition(int id, Condition condition) {
        settle();
        SimulatedServer server = server(id);
        if (server.condition != Condition.SERVING) {
            server.troubledAt = loop.nowMillis();
        }
        server.condition = condition;
        if (condition != Condition.SERVING) {
            server.troubledAt = loop.nowMillis();
        }
    }

    boolean hadTroubleSince(int id, long millis) {
        return server(id).condition != Condition.SERVING || server(id).troubledAt >= millis;
    }

    /** Standbys get what their upstream has. */
    void settle() {
        for (SimulatedServer standby : servers) {
            if (standby.upstream < 0) {
                continue;
            }
            SimulatedServer source = server(standby.upstream);
            if (standby.streamsFrom(source)) {
                if (standby.timeline != source.timeline) {
                    standby.timeline = source.timeline;
                    standby.forks.clear();
                    standby.forks.putAll(source.forks);
                }
                standby.received = source.received;
            }
        }
    }

    void write(int id, long bytes) {
        SimulatedServer primary = server(id);
        if (!primary.inRecovery && primary.answers()) {
            primary.received += bytes;
            settle();
            SynchronousStandbys promised = SynchronousStandbys.of(primary.synchronousStandbyNames);
            long have = servers.stream()
                    .filter(other -> other.upstream == id && other.streamsFrom(primary))
                    .filter(other ->
                            promised.names().isEmpty() || promised.names().contains(other.name))
                    .count();
            if (promised.isInForce() && have >= promised.count()) {
                acknowledged = primary.received;
            }
        }
    }

    /** Whether a node has all that was acknowledged because enough standbys had it. */
    boolean hasAcknowledged(int id) {
        settle();
        return server(id).received >= acknowledged;
    }

    private long latency() {
        return 1 + (maxLatency <= 1 ? 0 : random.nextInt((int) maxLatency));
    }

    @Override
    public void checkHealth(int node, Consumer<HealthOutcome> answer) {
        healthChecks++;
        loop.schedule(latency(), () -> {
            HealthOutcome outcome = switch (server(node).condition) {
                case SERVING -> HealthOutcome.ALIVE;
                case FULL -> new HealthOutcome(HealthOutcome.Kind.ALARM, "FATAL: 53300 too many clients", false);
                case STARTING -> new HealthOutcome(HealthOutcome.Kind.NOT_READY, "FATAL: 57P03 starting up", false);
                case STOPPED -> new HealthOutcome(HealthOutcome.Kind.DEAD, "connection refused", false);
                case HUNG -> new HealthOutcome(HealthOutcome.Kind.DEAD, "no answer", true);
            };
            loop.schedule(
                    server(node).condition == Condition.HUNG ? CONNECT_MILLIS : latency(),
                    () -> answer.accept(outcome));
        });
    }

    @Override
    public void ask(int node, ReportAnswer answer) {
        loop.schedule(latency(), () -> {
            settle();
            SimulatedServer server = server(node);
            if (server.condition == Condition.SERVING) {
                NodeReport report = server.report(servers);
                loop.schedule(latency(), () -> {
                    reportSeen.accept(node, report);
                    answer.report(report);
                });
            } else {
                String why = server.condition.toString();
                boolean serverAnswers = server.condition == Condition.FULL || server.condition == Condition.STARTING;
                loop.schedule(
                        server.condition == Condition.HUNG ? ASK_MILLIS : latency(),
                        () -> answer.failed(why, serverAnswers));
            }
        });
    }

    @Override
    public Runnable run(CommandCall call, Consumer<CommandCall.Outcome> answer) {
        calls.add(call);
        commandSeen.accept(call);
        Run run = new Run(call, answer);
        run.begin();
        return run::kill;
    }

    private final class Run {
        private final CommandCall call;
        private final Consumer<CommandCall.Outcome> answer;
        private boolean over;

        Run(CommandCall call, Consumer<CommandCall.Outcome> answer) {
            this.call = call;
            this.answer = answer;
        }

        void begin() {
            CommandWay way = switch (call.kind()) {
                case FAILOVER -> failover;
                case FAILBACK -> failback;
                case FOLLOW_PRIMARY -> follow;
            };
            if (!call.limit().isZero()) {
                loop.schedule(call.limit().toMillis(), () -> end(137, true));
            }
            long effect =
                    failoverPromotesAfter > 0 ? failoverPromotesAfter : 1 + random.nextInt((int) commandMillis - 1);
            if (way == CommandWay.WORKS) {
                loop.schedule(effect, () -> {
                    if (!over) {
                        settle();
                        take();
                    }
                });
            }
            if (way != CommandWay.HANGS) {
                loop.schedule(commandMillis, () -> end(way == CommandWay.FAILS ? 1 : 0, false));
            }
        }

        private void take() {
            int main = call.values().newMain().id();
            int node = call.values().node().id();
            if (call.kind() == CommandCall.Kind.FAILOVER) {
                // the sample script promotes nothing where a standby was lost
                boolean isPrimary = call.values().oldPrimary().id() == -1
                        || call.values().oldPrimary().id() == node;
                if (isPrimary && main >= 0 && server(main).answers() && server(main).inRecovery) {
                    if (fences) {
                        condition(node, Condition.STOPPED);
                    }
                    promote(main);
                }
            } else if (call.kind() == CommandCall.Kind.FOLLOW_PRIMARY && !server(main).inRecovery) {
                condition(node, Condition.SERVING);
                server(node).becomeStandbyOf(server(main));
            }
        }

        private void end(int status, boolean timedOut) {
            if (!over) {
                over = true;
                answer.accept(new CommandCall.Outcome(status, timedOut));
            }
        }

        void kill() {
            if (!over) {
                killed.add(call);
                // a killed command's end is told, too
                over = true;
                loop.schedule(1, () -> answer.accept(new CommandCall.Outcome(137, false)));
            }
        }
    }

    void promote(int id) {
        server(id).promote();
        if (standbysFollow) {
            for (SimulatedServer other : servers) {
                if (other.inRecovery && other.id != id) {
                    other.upstream = id;
                }
            }
        }
    }

    @Override
    public void countBusySessions(int node, IntConsumer answer) {
        loop.schedule(latency(), () -> answer.accept(busy));
    }

    @Override
    public void endTransactions(int node) {
        endedTransactions.add(node);
        if (stragglersEnd) {
            busy = 0;
        }
    }

    @Override
    public void closeIdle(int node) {
        closedIdle.add(node);
    }

    @Override
    public void recover(int node, int primary, Consumer<NodeRequest.Answer> answer) {
        loop.schedule(commandMillis, () -> {
            SimulatedServer source = server(primary);
            if (recovery == CommandWay.WORKS && source.answers() && !source.inRecovery) {
                condition(node, Condition.SERVING);
                server(node).becomeStandbyOf(source);
                answer.accept(new NodeRequest.Answer(true, "recovery of node " + node + " is done"));
            } else {
                answer.accept(new NodeRequest.Answer(false, "recovery of node " + node + " has failed"));
            }
        });
    }
}
