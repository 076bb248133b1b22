package io.trunkline.proxy.process;

import io.trunkline.pcp.StopMode;
import io.trunkline.proxy.ProxyServer;
import io.trunkline.proxy.handover.HandoverDoor;
import io.trunkline.proxy.handover.HandoverLink;
import io.trunkline.proxy.handover.Successor;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts another process in the place of this one, as the one that goes does it. {@link TakeOver} is the other side.
 *
 * <pre>
 *   starts the process
 *          &lt;-  hello 1            -&gt; process id and places of the sockets that listen
 *          &lt;-  (asks for the descriptors on a connection of its own)
 *          &lt;-  release            accepts nobody any more, stops deciding about nodes, releases the lock
 *                                 -&gt; released SESSION-NUMBER CLIENTS, or refused WHY
 *          &lt;-  serving            from here on there is no way back: closes what the other has now
 *                                 -&gt; taken, or refused WHY
 *          &lt;-  settled            pid file and control socket are the other's
 * </pre>
 *
 * <p>Until {@code taken} every failure, on either side, leaves this process as it was; and the other accepts nobody.
 */
final class Restart implements HandoverLink.Peer {
    private static final Logger log = LoggerFactory.getLogger(Restart.class);

    static final String HELLO = "hello 1";

    /** A Java machine on a busy computer may take long. */
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private static final Duration QUIET_LIMIT = Duration.ofSeconds(30);
    private static final Duration SERVING_LIMIT = Duration.ofSeconds(60);

    /** Something that the other process has said or done. */
    private record Step(String what, String text) {}

    private final ServerProcess server;
    private final ProxyServer proxy;
    private final OwnedParts parts;
    private final BlockingQueue<Step> steps = new LinkedBlockingQueue<>();
    private final CompletableFuture<String> released = new CompletableFuture<>();
    private final CompletableFuture<String> taken = new CompletableFuture<>();
    private volatile long expected = -1;
    private volatile @Nullable HandoverLink link;
    private volatile @Nullable Successor successor;
    private volatile boolean committed;

    Restart(ServerProcess server, ProxyServer proxy, OwnedParts parts) {
        this.server = server;
        this.proxy = proxy;
        this.parts = parts;
    }

    /** @return why there can be none of this server; null if there can */
    static @Nullable String obstacle(ProxyServer proxy) {
        if (!proxy.transport().name().equals("epoll")) {
            return "a restart without interruption needs epoll, which is not there: stop the server and start it";
        }
        long pid = ProcessHandle.current().pid();
        if (pid == 1) {
            return "this server is the first process of its container, which would end with it: stop it and start it";
        }
        // systemd.exec(5): it has started this very process
        if (Long.toString(pid).equals(System.getenv("SYSTEMD_EXEC_PID"))) {
            return "systemd takes the end of this process for the end of the server, unless it goes by the pid file"
                    + " (Type=forking with PIDFile): stop the server and start it";
        }
        return null;
    }

    /** The server is to stop, before there is another one. Any thread; does not block. */
    void breakOff() {
        steps.add(new Step("stop", "this server is being stopped"));
    }

    /** The same after that: it is for the other one, too. */
    void passOn(StopMode mode) {
        HandoverLink open = link;
        if (open != null) {
            open.tell("stop " + mode.name());
        }
    }

    /** Carries it out; blocks. Returns what is to be said to who has asked for it. */
    ControlAnswer run(Path pidFile, List<String> command) throws InterruptedException {
        try (HandoverDoor door = open(HandoverDoor.beside(pidFile))) {
            Process process = new ProcessBuilder(command)
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            expected = process.pid();
            process.onExit()
                    .thenAccept(ended -> steps.add(
                            new Step("exit", "it has ended with status " + ended.exitValue() + "; the log tells why")));
            log.info("restart: process {} is to take over", process.pid());
            String failure = handOver(process);
            if (failure != null) {
                log.error("restart failed: {}; this process goes on", failure);
                return ControlAnswer.failed("the new process has not taken over: " + failure);
            }
            log.info("process {} has taken over", process.pid());
            return ControlAnswer.done("process " + process.pid() + " has taken over; " + proxy.clients()
                    + " sessions stay with process " + ProcessHandle.current().pid() + " until they end");
        } catch (IOException e) {
            return ControlAnswer.failed("the restart could not begin: " + e.getMessage());
        }
    }

    private HandoverDoor open(Path path) throws IOException {
        return HandoverDoor.open(
                path,
                proxy.transport(),
                proxy.background(),
                pid -> pid == expected,
                made -> {
                    link = made;
                    return this;
                },
                () -> new ArrayList<>(parts.descriptors().values()));
    }

    /** @return why it has failed, null if it has not */
    private @Nullable String handOver(Process process) throws InterruptedException {
        String failure = await("release", START_LIMIT);
        if (failure != null) {
            kill(process);
            return failure;
        }
        if (!proxy.clusterSource().release(QUIET_LIMIT)) {
            released.complete("refused a failover, a command or a request for a node is under way");
            kill(process);
            return "a failover, a command or a request for a node was under way";
        }
        failure = letGo();
        if (failure == null) {
            failure = await("serving", SERVING_LIMIT);
        }
        HandoverLink open = link;
        Successor other = successor;
        if (failure == null && (open == null || other == null || !server.commit())) {
            failure = "this server is being stopped";
        }
        if (failure != null || open == null || other == null) {
            taken.complete("refused " + failure);
            kill(process);
            server.takeBack();
            return failure;
        }
        committed = true;
        taken.complete("taken");
        parts.leave();
        proxy.settle();
        other.begin();
        server.handedOver(process.pid());
        if (!open.isOpen()) {
            server.successorGone();
        }
        failure = await("settled", SERVING_LIMIT);
        if (failure != null) {
            log.error("restart: process {} serves, but: {}", process.pid(), failure);
        }
        // not before, as who asks for the server meanwhile comes here
        parts.leaveControl();
        return null;
    }

    private @Nullable String letGo() {
        HandoverLink open = link;
        if (open == null) {
            return "it was not linked";
        }
        try {
            parts.pause();
            proxy.settle();
            Successor other = new Successor(open, proxy, server::stopHere);
            successor = other;
            other.handOverLimits();
            parts.release();
            released.complete("released " + proxy.cancelKeys().last() + " " + Successor.sessions(proxy));
            return null;
        } catch (IOException | RuntimeException e) {
            log.warn("restart: this process could not let go", e);
            released.complete("refused " + e.getMessage());
            return "this process could not let go: " + e.getMessage();
        }
    }

    /** @return why it does not come to that; null if it has */
    private @Nullable String await(String what, Duration limit) throws InterruptedException {
        Step step = steps.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
        if (step != null && step.what().equals("gone")) {
            // its status or what it has said before says more
            step = steps.poll(1, TimeUnit.SECONDS);
            return step == null ? "it has closed the link" : step.text();
        }
        if (step == null) {
            return "it has not come to \"" + what + "\" within " + limit.toSeconds() + " s";
        }
        return step.what().equals(what) ? null : step.text();
    }

    private static void kill(Process process) throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    // ---- what the other process says

    @Override
    public void told(String text) {
        switch (text) {
            case "settled" -> steps.add(new Step(text, text));
            default -> {
                Successor other = successor;
                if (text.startsWith("gives up ")) {
                    steps.add(new Step("gives up", text.substring("gives up ".length())));
                } else if (other != null) {
                    other.told(text);
                }
            }
        }
    }

    @Override
    public CompletableFuture<String> asked(String text) {
        if (text.equals(HELLO)) {
            return CompletableFuture.completedFuture(ProcessHandle.current().pid() + "\t"
                    + String.join("\t", parts.descriptors().keySet()));
        }
        if (text.equals("release")) {
            steps.add(new Step(text, text));
            return released;
        }
        if (text.equals("serving")) {
            steps.add(new Step(text, text));
            return taken;
        }
        Successor other = successor;
        return other != null
                ? other.asked(text)
                : CompletableFuture.failedFuture(new IOException("this process does not know \"" + text + "\""));
    }

    @Override
    public void ended() {
        if (committed) {
            server.successorGone();
        }
        steps.add(new Step("gone", "it has closed the link"));
    }
}
