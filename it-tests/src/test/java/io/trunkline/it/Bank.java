package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Tables over which an invariant holds in every committed state, in a schema {@code bank} of the shared cluster: money
 * moves between accounts that are in several tables, and each transfer has two entries that tell of it. A reader that saw
 * two of the tables at different times would find books that do not balance.
 */
final class Bank implements AutoCloseable {
    private static final int BRANCHES = 4;
    private static final int ACCOUNTS = 1_500;
    private static final int INITIAL = 1_000;
    private static final int WRITERS = 3;
    private static final String SERIALIZATION_FAILURE = "40001";

    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger done = new AtomicInteger();
    private final ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    private final List<CompletableFuture<@Nullable Void>> writers = new ArrayList<>();

    private Bank() {}

    static void create(LoginRole reader) {
        StringBuilder sql = new StringBuilder("CREATE SCHEMA bank AUTHORIZATION app; SET ROLE app;"
                + " CREATE TABLE bank.transfers (id bigserial PRIMARY KEY, at timestamptz DEFAULT clock_timestamp());"
                + " CREATE TABLE bank.entries (transfer bigint, account int, amount int);");
        for (String table : accountTables()) {
            int branch = branch(table);
            sql.append(" CREATE TABLE ").append(table).append(" (id int PRIMARY KEY, balance int);");
            sql.append(" INSERT INTO ").append(table).append(" SELECT x, ").append(INITIAL);
            sql.append(" FROM generate_series(").append(branch * ACCOUNTS).append(", ");
            sql.append((branch + 1) * ACCOUNTS - 1).append(") x;");
        }
        sql.append(" GRANT USAGE ON SCHEMA bank TO ").append(reader.name());
        sql.append("; GRANT SELECT ON ALL TABLES IN SCHEMA bank TO ").append(reader.name());
        sql.append("; GRANT SELECT ON ALL SEQUENCES IN SCHEMA bank TO ").append(reader.name());
        Cluster.shared().node(Cluster.PRIMARY).query(Cluster.USER, sql.toString());
        Cluster.awaitStandbys();
    }

    static void drop() {
        Cluster.shared().node(Cluster.PRIMARY).query(Cluster.USER, "DROP SCHEMA bank CASCADE");
    }

    /** The tables of accounts, each with {@value #ACCOUNTS} of them. */
    static List<String> accountTables() {
        List<String> tables = new ArrayList<>();
        for (int branch = 0; branch < BRANCHES; branch++) {
            tables.add("bank.accounts_" + branch);
        }
        return tables;
    }

    private static int branch(String table) {
        return Integer.parseInt(table.substring(table.lastIndexOf('_') + 1));
    }

    // ---- writers

    /** Clients that move money through a proxy until this is closed, and read in between. */
    static Bank open(TestProxy proxy, int isolation) {
        Bank bank = new Bank();
        for (int i = 0; i < WRITERS; i++) {
            Random random = new Random(i);
            bank.writers.add(CompletableFuture.runAsync(
                    () -> {
                        try {
                            bank.work(proxy, isolation, random);
                        } catch (SQLException failure) {
                            throw new AssertionError(failure);
                        }
                    },
                    bank.threads));
        }
        return bank;
    }

    private void work(TestProxy proxy, int isolation, Random random) throws SQLException {
        try (Connection connection = proxy.connect()) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(isolation);
            while (!over.get()) {
                try {
                    transfer(connection, random);
                    connection.commit();
                    done.incrementAndGet();
                } catch (SQLException refused) {
                    if (!SERIALIZATION_FAILURE.equals(refused.getSQLState())) {
                        throw refused;
                    }
                    connection.rollback();
                }
            }
        }
    }

    private static void transfer(Connection connection, Random random) throws SQLException {
        // always from a lower table to a higher one: no two transfers wait for each other
        int fromBranch = random.nextInt(BRANCHES - 1);
        int toBranch = fromBranch + 1 + random.nextInt(BRANCHES - 1 - fromBranch);
        int from = fromBranch * ACCOUNTS + random.nextInt(ACCOUNTS);
        int to = toBranch * ACCOUNTS + random.nextInt(ACCOUNTS);
        int amount = random.nextInt(200) - 100;
        read(connection, "SELECT balance FROM bank.accounts_" + fromBranch + " WHERE id = ?", from);
        add(connection, fromBranch, from, -amount);
        add(connection, toBranch, to, amount);
        long transfer;
        try (Statement insert = connection.createStatement();
                ResultSet keys = insert.executeQuery("INSERT INTO bank.transfers DEFAULT VALUES RETURNING id")) {
            keys.next();
            transfer = keys.getLong(1);
        }
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO bank.entries VALUES (?, ?, ?)")) {
            entry(insert, transfer, from, -amount);
            entry(insert, transfer, to, amount);
            insert.executeBatch();
        }
    }

    private static void read(Connection connection, String sql, int parameter) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(1, parameter);
            statement.executeQuery().close();
        }
    }

    private static void add(Connection connection, int branch, int account, int amount) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE bank.accounts_" + branch + " SET balance = balance + ? WHERE id = ?")) {
            update.setInt(1, amount);
            update.setInt(2, account);
            assertThat(update.executeUpdate()).isEqualTo(1);
        }
    }

    private static void entry(PreparedStatement insert, long transfer, int account, int amount) throws SQLException {
        insert.setLong(1, transfer);
        insert.setInt(2, account);
        insert.setInt(3, amount);
        insert.addBatch();
    }

    /** Transfers that have been committed since this was opened. */
    int transfers() {
        return done.get();
    }

    /** Waits until so many more transfers have been committed. */
    void awaitTransfers(int count) {
        int goal = transfers() + count;
        Eventually.holds(() -> {
            writers.forEach(writer -> assertThat(writer).isNotDone());
            assertThat(transfers()).isGreaterThanOrEqualTo(goal);
        });
    }

    /** Ends the writers; what went wrong with one of them is thrown. */
    @Override
    public void close() {
        over.set(true);
        threads.shutdown();
        try {
            assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException failure) {
            Thread.currentThread().interrupt();
            throw new AssertionError(failure);
        }
        writers.forEach(CompletableFuture::join);
    }

    // ---- books

    /**
     * Checks that the tables of a dump are of one moment.
     *
     * @param rows the columns of the rows of each table, by its qualified name
     * @return how many transfers there were at that moment
     */
    static int assertBalanced(Map<String, List<String[]>> rows) {
        Map<Integer, Integer> expected = new HashMap<>();
        for (String table : accountTables()) {
            int first = branch(table) * ACCOUNTS;
            for (int account = first; account < first + ACCOUNTS; account++) {
                expected.put(account, INITIAL);
            }
        }
        Map<String, List<Integer>> amounts = new HashMap<>();
        for (String[] entry : rows.getOrDefault("bank.entries", List.of())) {
            int amount = Integer.parseInt(entry[2]);
            expected.merge(Integer.valueOf(entry[1]), amount, Integer::sum);
            amounts.computeIfAbsent(entry[0], id -> new ArrayList<>()).add(amount);
        }
        assertThat(amounts.values())
                .as("each transfer has two entries")
                .allSatisfy(two -> assertThat(two).hasSize(2))
                .allSatisfy(two -> assertThat(two.get(0) + two.get(1)).isZero());
        List<String> transfers = rows.getOrDefault("bank.transfers", List.of()).stream()
                .map(row -> row[0])
                .toList();
        assertThat(transfers).as("transfers that have entries").containsExactlyInAnyOrderElementsOf(amounts.keySet());
        Map<Integer, Integer> balances = new HashMap<>();
        for (String table : accountTables()) {
            for (String[] account : rows.getOrDefault(table, List.of())) {
                balances.put(Integer.valueOf(account[0]), Integer.valueOf(account[1]));
            }
        }
        assertThat(balances.equals(expected))
                .as("balances are what the entries say")
                .isTrue();
        return transfers.size();
    }

    /** As {@link #assertBalanced}, by one statement for each table, for a transaction that sees one moment. */
    static int assertBalancedSums(Statement statement) throws SQLException {
        int balances = 0;
        for (String table : accountTables()) {
            balances += number(statement, "SELECT sum(balance) FROM " + table);
        }
        int transfers = number(statement, "SELECT count(*) FROM bank.transfers");
        assertThat(number(statement, "SELECT count(*) FROM bank.entries")).isEqualTo(2 * transfers);
        assertThat(number(statement, "SELECT coalesce(sum(amount), 0) FROM bank.entries"))
                .isZero();
        assertThat(balances).isEqualTo(BRANCHES * ACCOUNTS * INITIAL);
        return transfers;
    }

    private static int number(Statement statement, String sql) throws SQLException {
        try (ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
