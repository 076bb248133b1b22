package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Clients that work until this is closed, each on one connection, and remember what they were told. */
final class Clients implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final TestProxy proxy;
    private final Ledger ledger;
    private final List<Thread> threads = new ArrayList<>();
    private final List<AtomicInteger> progress = new ArrayList<>();
    private final Map<String, AtomicInteger> errors = new ConcurrentHashMap<>();
    private final Queue<String> unexpected = new ConcurrentLinkedQueue<>();
    private final AtomicLong longestWait = new AtomicLong();
    private volatile boolean over;

    /** What a client does again and again. */
    private interface Work {
        void run(RawClient client) throws IOException;
    }

    Clients(TestProxy proxy, Ledger ledger) {
        this.proxy = proxy;
        this.ledger = ledger;
    }

    /** Each writes one row after the other, without transactions. */
    Clients writers(int count) {
        return start(count, "writer", this::write);
    }

    /** Each writes one row after the other, each in a transaction of three messages. */
    Clients transactions(int count) {
        return start(count, "transaction", this::writeInTransaction);
    }

    /** Each reads from standbys, and expects no error, whatever happens. */
    Clients readers(int count) {
        return start(count, "reader", client -> read(client, false));
    }

    /** Each reads, and may have to do it again where it was the primary that it read from. */
    Clients readersFromAnywhere(int count) {
        return start(count, "reader", client -> read(client, true));
    }

    private void read(RawClient client, boolean mayFail) throws IOException {
        List<RawMessage> answer = client.run("SELECT port FROM here");
        boolean isRead = RawClient.tags(answer).equals("TDCZ");
        boolean mayBeRepeated =
                mayFail && isError(answer) && RawClient.error(answer).sqlState().equals("40001");
        if (!isRead && !mayBeRepeated) {
            unexpected.add("reader: " + answer);
        }
    }

    private Clients start(int count, String name, Work work) {
        for (int i = 0; i < count; i++) {
            AtomicInteger done = new AtomicInteger();
            progress.add(done);
            CountDownLatch connected = new CountDownLatch(1);
            Thread thread = new Thread(() -> work(name, work, done, connected), name);
            threads.add(thread);
            thread.start();
            await(connected);
        }
        return this;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException failure) {
            Thread.currentThread().interrupt();
            throw new AssertionError(failure);
        }
    }

    private void work(String name, Work work, AtomicInteger done, CountDownLatch connected) {
        try (RawClient client = proxy.raw().patience(LIMIT)) {
            connected.countDown();
            while (!over) {
                long begun = System.nanoTime();
                work.run(client);
                longestWait.accumulateAndGet(System.nanoTime() - begun, Math::max);
                done.incrementAndGet();
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (IOException | RuntimeException | AssertionError failure) {
            unexpected.add(name + " was disconnected: " + failure);
        } finally {
            connected.countDown();
        }
    }

    private void write(RawClient client) throws IOException {
        long id = ledger.nextId();
        List<RawMessage> answer = client.run("INSERT INTO entries VALUES (" + id + ")");
        if (isError(answer)) {
            failed(id, answer);
        } else {
            ledger.acknowledged(id);
        }
    }

    private void writeInTransaction(RawClient client) throws IOException {
        long id = ledger.nextId();
        for (String statement : List.of("BEGIN", "INSERT INTO entries VALUES (" + id + ")", "COMMIT")) {
            List<RawMessage> answer = client.run(statement);
            if (isError(answer)) {
                failed(id, answer);
                if (answer.get(answer.size() - 1).body()[0] != 'I') {
                    List<RawMessage> rolledBack = client.run("ROLLBACK");
                    if (isError(rolledBack)) {
                        unexpected.add("ROLLBACK: " + rolledBack);
                    }
                }
                return;
            }
        }
        ledger.acknowledged(id);
    }

    private static boolean isError(List<RawMessage> answer) {
        return answer.stream().anyMatch(message -> message.tag() == 'E');
    }

    private void failed(long id, List<RawMessage> answer) {
        String state = RawClient.error(answer).sqlState();
        errors.computeIfAbsent(state, key -> new AtomicInteger()).incrementAndGet();
        switch (state) {
            case "08007" -> ledger.unknown(id);
            case "40001", "57P03", "08006" -> ledger.refused(id);
            default -> {
                ledger.unknown(id);
                unexpected.add("writer: " + answer);
            }
        }
    }

    /** Waits until each of them has got so many more answers. */
    void awaitAnswers(int more) {
        List<Integer> goals = progress.stream().map(done -> done.get() + more).toList();
        Eventually.holds(LIMIT, () -> {
            for (int i = 0; i < goals.size(); i++) {
                assertThat(progress.get(i).get())
                        .as("answers of %s, %s", threads.get(i).getName(), unexpected)
                        .isGreaterThanOrEqualTo(goals.get(i));
            }
        });
    }

    /** How often an SQLSTATE was told to writers. */
    int errors(String sqlState) {
        AtomicInteger count = errors.get(sqlState);
        return count == null ? 0 : count.get();
    }

    /** All that writers were told, for messages. */
    Map<String, AtomicInteger> errors() {
        return errors;
    }

    /** The longest time that a client had to wait for what it does again and again. */
    double longestWaitSeconds() {
        return longestWait.get() / 1e9;
    }

    /** No reader got an error, no writer one that is none of those named for a lost primary, and nobody was disconnected. */
    void haveSeenNothingUnexpected() {
        assertThat(unexpected).isEmpty();
    }

    /** Ends them, once each has got its answer. */
    @Override
    public void close() {
        over = true;
        try {
            for (Thread thread : threads) {
                thread.join(LIMIT.toMillis());
                if (thread.isAlive()) {
                    unexpected.add(thread.getName() + " has got no answer within " + LIMIT.toSeconds() + " s");
                    thread.interrupt();
                }
            }
        } catch (InterruptedException failure) {
            Thread.currentThread().interrupt();
            throw new AssertionError(failure);
        }
    }
}
