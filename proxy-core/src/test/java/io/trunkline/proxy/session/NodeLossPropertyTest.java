package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.PoolMode;
import io.trunkline.failover.ClusterView.Writes;
import io.trunkline.pool.PoolSettings;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.proxy.route.Rules;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * A client that writes, reads and has transactions, pipelined or not, in either pool mode, while connections are lost at any
 * moment, before or after what was sent over them has been done: what it is told has to be true of what has become of its
 * writes.
 */
class NodeLossPropertyTest {
    private static final Pattern MESSAGE = Pattern.compile("([A-Za-z])(?:\\(([^)]*)\\))?");
    private static final String GOES = "E(FATAL 57P01 going)";

    /** A server that carries out what it is sent, when it is let to. */
    private final class Server {
        private final ScriptedBackend backend;
        private final ArrayDeque<MatchResult> asked = new ArrayDeque<>();
        private final List<Integer> uncommitted = new ArrayList<>();
        private boolean inTransaction;
        private String prepared = "";

        Server(ScriptedBackend backend) {
            this.backend = backend;
        }

        boolean hasWork() {
            Matcher matcher = MESSAGE.matcher(backend.received());
            while (matcher.find()) {
                asked.add(matcher.toMatchResult());
            }
            return !asked.isEmpty();
        }

        /** Does what comes next. @return what it answers */
        String next() {
            MatchResult message = asked.remove();
            String text = message.group(2) == null ? "" : message.group(2);
            switch (message.group(1)) {
                case "Q" -> {
                    return execute(text) + " " + ready();
                }
                case "P" -> {
                    prepared = text.substring(text.indexOf('|') + 1);
                    return "1";
                }
                case "B" -> {
                    return "2";
                }
                case "C" -> {
                    return "3";
                }
                case "E" -> {
                    return execute(prepared);
                }
                case "S" -> {
                    return ready();
                }
                default -> {
                    return "";
                }
            }
        }

        private String execute(String text) {
            String command = text.split(" ", 2)[0];
            switch (command) {
                case "BEGIN" -> inTransaction = true;
                case "COMMIT" -> {
                    inTransaction = false;
                    commit();
                }
                case "ROLLBACK", "ABORT" -> {
                    inTransaction = false;
                    uncommitted.clear();
                }
                case "DELETE" -> uncommitted.add(Integer.valueOf(text.substring(text.lastIndexOf(' ') + 1)));
                default -> {}
            }
            return "C(" + command + ")";
        }

        private String ready() {
            if (!inTransaction) {
                commit();
            }
            return inTransaction ? "Z(T)" : "Z(I)";
        }

        private void commit() {
            committed.addAll(uncommitted);
            uncommitted.clear();
        }
    }

    private final Map<ScriptedBackend, Server> servers = new IdentityHashMap<>();
    private final List<Integer> committed = new ArrayList<>();
    private final List<String> sent = new ArrayList<>();
    private final StringBuilder told = new StringBuilder();
    private final ProxyFixture proxy =
            new ProxyFixture(new PoolSettings(true, 8, 1, 0, 0, 0, 0, List.of("ABORT", "DISCARD ALL")));
    private ProxyFixture.Client client = proxy.session();

    /** From now on with a client whose backends may be lent to others between its transactions. */
    private void shares() {
        proxy.limits.poolModes = new PoolModes(PoolMode.TRANSACTION, List.of(), List.of());
        client = proxy.session();
    }

    private void sends(String command) {
        sent.add(command);
        client.sends(
                sent.size() % 3 == 0 && command.startsWith("DELETE") || sent.size() % 5 == 0
                        ? "P(|" + command + ") B(|) E() S"
                        : "Q(" + command + ")");
    }

    private Server server(int node) {
        List<ScriptedBackend> open = proxy.nodes.open(node);
        return open.isEmpty()
                ? new Server(proxy.nodes.last(node))
                : servers.computeIfAbsent(open.get(open.size() - 1), Server::new);
    }

    private void served(int node, boolean all) {
        boolean more = !proxy.nodes.open(node).isEmpty();
        while (more && server(node).hasWork()) {
            Server server = server(node);
            String answer = server.next();
            if (!answer.isEmpty()) {
                server.backend.sends(answer);
            }
            proxy.pump();
            more = all && !proxy.nodes.open(node).isEmpty();
        }
    }

    private void lost(int node, boolean done, String lastWords) {
        if (!proxy.nodes.open(node).isEmpty()) {
            Server server = server(node);
            while (done && server.hasWork()) {
                server.next();
            }
            if (!lastWords.isEmpty()) {
                server.backend.sends(lastWords);
            }
            server.backend.disconnects();
            proxy.pump();
        }
    }

    private void step(int step) {
        int number = sent.size();
        switch (step) {
            case 0, 1 -> sends("SELECT " + number);
            case 2, 3, 4 -> sends("DELETE FROM t WHERE a = " + number);
            case 5, 6 -> sends("BEGIN");
            case 7 -> sends("COMMIT");
            case 8 -> sends("ROLLBACK");
            case 9, 10, 11 -> served(0, true);
            case 12, 13 -> served(1, true);
            case 14, 15 -> served(0, false);
            case 16 -> served(1, false);
            case 17 -> lost(0, false, "");
            case 18 -> lost(0, true, "");
            case 19 -> lost(0, false, GOES);
            case 20 -> lost(1, false, "");
            case 21 -> lost(1, true, GOES);
            case 22 ->
                proxy.published(
                        Writes.AWAITED, -1, ProxyFixture.outOfService(0, number % 2 == 0), ProxyFixture.node(1, 1));
            case 23 -> proxy.published(Writes.HELD, 0, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1));
            case 24 ->
                proxy.published(
                        Writes.SERVED, 0, ProxyFixture.node(0, 0), ProxyFixture.outOfService(1, number % 2 == 0));
            default -> healthy();
        }
        told.append(' ').append(client.received());
    }

    private void healthy() {
        proxy.published(Writes.SERVED, 0, ProxyFixture.node(0, 0), ProxyFixture.node(1, 1));
    }

    @Property(tries = 2000)
    void whatTheClientIsToldIsTrue(
            @ForAll boolean balances,
            @ForAll boolean shared,
            @ForAll @Size(min = 1, max = 60) List<@IntRange(max = 26) Integer> steps) {
        NodeLossPropertyTest test = new NodeLossPropertyTest();
        if (shared) {
            test.shares();
        }
        test.proxy.losses(ProxyFixture.losses(30_000));
        if (!balances) {
            test.proxy.routing = Rules.of("load_balance_mode = off");
        }
        steps.forEach(test::step);
        test.healthy();
        for (int i = 0; i < 10; i++) {
            test.served(0, true);
            test.served(1, true);
            test.proxy.pass(1_000);
            test.told.append(' ').append(test.client.received());
        }
        test.client.channel.checkException();
        assertThat(test.client.isOpen()).isTrue();
        test.check();
        test.proxy.finish();
    }

    private void check() {
        assertThat(committed).as("%s", this).doesNotHaveDuplicates();
        List<String> answers = new ArrayList<>(List.of(told.toString().trim().split("(?<=Z\\([ITE]\\)) *")));
        answers.removeIf(String::isBlank);
        assertThat(answers).as("%s", this).hasSameSizeAs(sent);
        List<Integer> inTransaction = new ArrayList<>();
        String status = "I";
        for (int i = 0; i < answers.size(); i++) {
            String answer = answers.get(i);
            boolean ok = !answer.contains("E(ERROR");
            if (status.equals("I")) {
                inTransaction.clear();
            }
            if (sent.get(i).startsWith("DELETE")) {
                if (!status.equals("I")) {
                    inTransaction.add(i);
                } else if (ok) {
                    assertThat(committed).as("%s", this).contains(i);
                } else if (answer.contains("40001")) {
                    assertThat(committed).as("%s", this).doesNotContain(i);
                }
            }
            boolean over = answer.endsWith("Z(I)");
            if (over && answer.contains("C(COMMIT)")) {
                assertThat(committed).as("%s", this).containsAll(inTransaction);
            } else if (over && (answer.contains("C(ROLLBACK)") || answer.contains("40001"))) {
                assertThat(inTransaction).as("%s", this).noneMatch(committed::contains);
            }
            status = answer.substring(answer.length() - 2, answer.length() - 1);
        }
    }

    @Override
    public String toString() {
        return "sent " + sent + " told " + told + " committed " + committed;
    }
}
