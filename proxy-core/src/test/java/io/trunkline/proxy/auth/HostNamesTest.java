package io.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HostNamesTest {
    private final Deque<Runnable> blocking = new ArrayDeque<>();
    private final List<InetAddress> asked = new ArrayList<>();
    private Optional<String> answer = Optional.of("a.org");
    private long nanos;
    private final HostNames names = new HostNames(
            blocking::add,
            address -> {
                asked.add(address);
                return answer;
            },
            () -> nanos);

    private static InetAddress address(int number) {
        try {
            return InetAddress.getByAddress(new byte[] {10, 0, (byte) (number >> 8), (byte) number});
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private void runAll() {
        while (!blocking.isEmpty()) {
            blocking.remove().run();
        }
    }

    private void pass(int seconds) {
        nanos += TimeUnit.SECONDS.toNanos(seconds);
    }

    @Test
    void aNameIsLookedUpOnceAMinute() {
        CompletableFuture<Optional<String>> first = names.find(address(1));
        assertThat(names.find(address(1))).isSameAs(first);
        runAll();
        assertThat(first.join()).contains("a.org");
        pass(59);
        assertThat(names.find(address(1)).join()).contains("a.org");
        assertThat(asked).hasSize(1);
        pass(1);
        names.find(address(1));
        runAll();
        assertThat(asked).hasSize(2);
    }

    @Test
    void thatThereIsNoNameIsRememberedForSecondsOnly() {
        answer = Optional.empty();
        names.find(address(1));
        runAll();
        pass(4);
        assertThat(names.find(address(1)).join()).isEmpty();
        assertThat(asked).hasSize(1);
        pass(1);
        names.find(address(1));
        runAll();
        assertThat(asked).hasSize(2);
    }

    @Test
    void onlyAFewLookUpsRunAtATimeAndTheOthersWaitForThem() {
        List<CompletableFuture<Optional<String>>> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(names.find(address(i)));
        }
        assertThat(blocking).hasSize(HostNames.MAX_RUNNING);
        runAll();
        assertThat(asked).hasSize(20);
        assertThat(all).allMatch(CompletableFuture::isDone);
    }

    @Test
    void whatIsTooMuchToWaitHasNoNameAndIsNotRemembered() {
        int room = HostNames.MAX_RUNNING + HostNames.MAX_WAITING;
        for (int i = 0; i < room; i++) {
            names.find(address(i));
        }
        assertThat(names.find(address(room)).join()).isEmpty();
        runAll();
        assertThat(asked).hasSize(room);
        CompletableFuture<Optional<String>> again = names.find(address(room));
        runAll();
        assertThat(again.join()).contains("a.org");
    }

    @Test
    void onlyTheLastAddressesAreRemembered() {
        for (int i = 0; i <= HostNames.MAX_KEPT; i++) {
            names.find(address(i));
            runAll();
        }
        names.find(address(HostNames.MAX_KEPT));
        assertThat(blocking).isEmpty();
        names.find(address(0));
        assertThat(blocking).hasSize(1);
    }

    @Test
    void anExecutorThatRefusesLeavesNobodyWaiting() {
        HostNames refused = new HostNames(
                task -> {
                    throw new RejectedExecutionException();
                },
                address -> answer,
                () -> nanos);
        for (int i = 0; i < 10; i++) {
            assertThat(refused.find(address(i)).join()).isEmpty();
        }
    }

    @Test
    void aResolverThatFailsLeavesNobodyWaiting() {
        HostNames failing = new HostNames(
                blocking::add,
                address -> {
                    throw new IllegalStateException("no resolver");
                },
                () -> nanos);
        List<CompletableFuture<Optional<String>>> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(failing.find(address(i)));
        }
        while (!blocking.isEmpty()) {
            try {
                blocking.remove().run();
            } catch (IllegalStateException expected) {
                assertThat(expected).hasMessage("no resolver");
            }
        }
        assertThat(all).allMatch(found -> found.join().isEmpty());
    }

    @Test
    void theSystemsResolverNamesTheLoopbackAddress() {
        HostNames real = new HostNames(Runnable::run);
        assertThat(real.find(InetAddress.getLoopbackAddress()).join()).contains("localhost");
    }
}
