package io.trunkline.it;

import io.trunkline.localcluster.LocalClusterException;
import io.trunkline.localcluster.LocalNode;
import io.trunkline.localcluster.StopMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Faults at random under clients that write, where replication is synchronous: nothing acknowledged may be lost, nothing
 * be applied twice, and nobody be disconnected. Only with {@code -Pslow}; {@code -Dchaos.seed=} repeats a schedule, {@code
 * -Dchaos.seconds=} makes it longer.
 */
@Tag("slow")
class ChaosTest {
    private static final long SECONDS = Long.getLong("chaos.seconds", 150);
    private static final long SEED = Long.getLong("chaos.seed", System.nanoTime() % 1_000_000);
    private static final int TWO_FAULTS_PERCENT = 30;

    private final Random random = new Random(SEED);
    private final List<String> history = new ArrayList<>(List.of("seed " + SEED));

    private enum Fault {
        KILL_PRIMARY,
        HANG_PRIMARY,
        PAUSE_PRIMARY,
        STOP_PRIMARY,
        RESTART_PRIMARY,
        SWITCHOVER,
        TERMINATE_BACKENDS,
        KILL_STANDBY,
        HANG_STANDBY,
        STOP_STANDBY
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void nothingAcknowledgedIsLost() {
        System.out.println("chaos: -Dchaos.seed=" + SEED);
        Ledger ledger = new Ledger();
        try (FailoverRig rig = FailoverRig.start(
                3,
                "backend_weight0 = 1",
                "backend_weight2 = 1",
                "primary_wait_timeout = 60",
                "switchover_drain_timeout = 2")) {
            rig.cluster().nodes().forEach(rig::makeSynchronous);
            Clients clients = new Clients(rig.proxy(), ledger);
            try (clients) {
                clients.writers(3).transactions(3).readersFromAnywhere(3).awaitAnswers(10);
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
                while (System.nanoTime() < end) {
                    round(rig);
                    clients.awaitAnswers(10);
                    clients.haveSeenNothingUnexpected();
                }
            }
            clients.haveSeenNothingUnexpected();
            rig.cluster().awaitStreaming();
            rig.cluster().nodes().forEach(ledger::check);
            System.out.println("chaos: " + (history.size() - 1) + " steps, " + ledger.acknowledged()
                    + " commits acknowledged, " + ledger.unknown() + " unknown, writers were told " + clients.errors());
        } catch (Error | RuntimeException failure) {
            throw new AssertionError(String.join("\n  ", history), failure);
        }
    }

    private void round(FailoverRig rig) {
        fault(rig);
        if (random.nextInt(100) < TWO_FAULTS_PERCENT) {
            pause(1_500);
            fault(rig);
        }
        pause(3_000);
        new Repair(rig, this::note).run();
    }

    private void pause(int mostMillis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(mostMillis)));
    }

    private void note(String what) {
        history.add(Instant.now() + " " + what);
    }

    private void fault(FailoverRig rig) {
        Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
        int primary = Math.max(rig.primary(), 0);
        LocalNode node = rig.node(primary);
        LocalNode standby = rig.node((primary + 1 + random.nextInt(2)) % 3);
        note(fault + ", primary " + primary + ", standby " + standby.id());
        try {
            switch (fault) {
                case KILL_PRIMARY -> node.kill();
                case HANG_PRIMARY -> node.freeze();
                case PAUSE_PRIMARY -> {
                    node.freeze();
                    pause(2_000);
                    node.thaw();
                }
                case STOP_PRIMARY -> node.stop(random.nextBoolean() ? StopMode.FAST : StopMode.IMMEDIATE);
                case RESTART_PRIMARY -> {
                    node.kill();
                    node.start();
                }
                case SWITCHOVER -> note(rig.switchover(standby.id()).join().text());
                case TERMINATE_BACKENDS ->
                    node.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'app'");
                case KILL_STANDBY -> standby.kill();
                case HANG_STANDBY -> standby.freeze();
                case STOP_STANDBY -> standby.stop(StopMode.FAST);
            }
        } catch (LocalClusterException twoAtOnce) {
            note("has failed: " + twoAtOnce.getMessage());
        }
    }
}
