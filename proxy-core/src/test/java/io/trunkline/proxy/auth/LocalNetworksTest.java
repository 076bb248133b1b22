package io.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LocalNetworksTest {
    private final Deque<Runnable> blocking = new ArrayDeque<>();
    private int reads;
    private long nanos;
    private final LocalNetworks networks = new LocalNetworks(
            blocking::add,
            () -> {
                reads++;
                return List.of(new LocalNetworks.Own(new byte[] {10, 0, 0, 1}, 24));
            },
            () -> nanos);

    @Test
    void theInterfacesAreReadWhenTheyAreAskedForAndAtMostEverySeconds() {
        assertThat(blocking).isEmpty();
        CompletableFuture<LocalNetworks.Snapshot> first = networks.current();
        assertThat(networks.current()).isSameAs(first);
        blocking.remove().run();
        assertThat(first.join().hasNetworkOf(new byte[] {10, 0, 0, 9})).isTrue();
        nanos += TimeUnit.SECONDS.toNanos(4);
        assertThat(networks.current()).isSameAs(first);
        nanos += TimeUnit.SECONDS.toNanos(1);
        assertThat(networks.current()).isNotSameAs(first);
        blocking.remove().run();
        assertThat(blocking).isEmpty();
        assertThat(reads).isEqualTo(2);
    }

    @Test
    void anExecutorThatRefusesLeavesNobodyWaitingAndNobodyAdmitted() {
        LocalNetworks refused = new LocalNetworks(
                task -> {
                    throw new RejectedExecutionException();
                },
                List::of,
                () -> nanos);
        assertThat(refused.current().join().hasAddress(new byte[] {10, 0, 0, 1}))
                .isFalse();
    }

    @Test
    void theLoopbackAddressIsThisMachines() {
        LocalNetworks.Snapshot real = new LocalNetworks(Runnable::run).current().join();
        byte[] loopback = InetAddress.getLoopbackAddress().getAddress();
        assertThat(real.hasAddress(loopback)).isTrue();
        assertThat(real.hasNetworkOf(new byte[] {127, 1, 2, 3})).isTrue();
        assertThat(real.hasAddress(new byte[] {127, 1, 2, 3})).isFalse();
        assertThat(real.hasNetworkOf(new byte[] {(byte) 203, 0, 113, 1})).isFalse();
    }
}
