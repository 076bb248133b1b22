package io.trunkline.it;

import io.trunkline.localcluster.LocalNode;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Assumptions;

/**
 * A network of its own for a server, one virtual cable away, that can fall silent: packets go there, and nothing comes
 * back. Needs iproute2 and the right to use it; where these are missing the test is skipped.
 */
final class NetworkNamespace implements AutoCloseable {
    private final String name;
    private final String here;
    private final String there;

    private NetworkNamespace(String name, String net) {
        this.name = name;
        this.here = net + ".1";
        this.there = net + ".2";
    }

    static NetworkNamespace open() {
        int number = ThreadLocalRandom.current().nextInt(1, 255);
        String name = "trunkline" + number;
        Assumptions.assumeTrue(isPermitted(name), "network namespaces cannot be made here");
        NetworkNamespace made = new NetworkNamespace(name, "10.213." + number);
        try {
            made.ip("link add tl" + number + " type veth peer name inner netns " + name);
            made.ip("address add " + made.here + "/24 dev tl" + number);
            made.ip("link set tl" + number + " up");
            made.inside("link set lo up");
            made.inside("address add " + made.there + "/24 dev inner");
            made.inside("link set inner up");
            return made;
        } catch (AssertionError failure) {
            made.close();
            throw failure;
        }
    }

    private static boolean isPermitted(String name) {
        try {
            return External.run(Map.of(), "", List.of("ip", "netns", "add", name))
                            .exit()
                    == 0;
        } catch (UncheckedIOException noSuchProgram) {
            return false;
        }
    }

    private void ip(String arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments.split(" ")));
        External.run(Map.of(), "", command).succeeded();
    }

    private void inside(String arguments) {
        ip("-n " + name + " " + arguments);
    }

    /** The address of what is out here, as seen from there. */
    String here() {
        return here;
    }

    /** The address of what is there, as seen from out here. */
    String there() {
        return there;
    }

    /** Starts a server there that is stopped; it has to listen on all addresses. */
    void start(LocalNode node) {
        List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", name));
        command.addAll(node.controlCommand());
        command.addAll(List.of("-s", "-w", "-l", node.log().toString(), "start"));
        External.run(Map.of(), "", command).succeeded();
    }

    /** From now on nothing comes back, not even an error. */
    void fallSilent() {
        inside("route add blackhole " + here + "/32");
    }

    @Override
    public void close() {
        External.run(Map.of(), "", List.of("ip", "netns", "delete", name));
    }
}
