package io.trunkline.proxy.process;

import io.netty.channel.EventLoop;
import io.trunkline.proxy.ProxyServer;
import io.trunkline.proxy.handover.HandoverDoor;
import io.trunkline.proxy.handover.HandoverLink;
import io.trunkline.proxy.handover.Predecessor;
import io.trunkline.proxy.listen.InheritedSockets;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the place of the process that has started this one for it, as {@link Restart} describes. Blocks. */
final class TakeOver {
    private static final Logger log = LoggerFactory.getLogger(TakeOver.class);

    private static final long ANSWER_SECONDS = 10;

    /** Longer than the other waits for a failover to end, or to hear that this one serves. */
    private static final long RELEASE_SECONDS = 90;

    private final Path door;
    private final ProxyServer proxy;
    private final HandoverLink link;
    private final Predecessor predecessor;

    private TakeOver(Path door, ProxyServer proxy, HandoverLink link, Predecessor predecessor) {
        this.door = door;
        this.proxy = proxy;
        this.link = link;
        this.predecessor = predecessor;
    }

    /** Links this process to the one that goes on until {@link #release}. */
    static TakeOver begin(Path pidFile, ProxyServer proxy) throws IOException {
        Path door = HandoverDoor.beside(pidFile);
        Predecessor[] made = new Predecessor[1];
        HandoverLink link = HandoverLink.connect(door, proxy.background(), open -> {
            made[0] = new Predecessor(open, proxy);
            return made[0];
        });
        return new TakeOver(door, proxy, link, made[0]);
    }

    Predecessor predecessor() {
        return predecessor;
    }

    /** The sockets that listen. */
    InheritedSockets sockets() throws IOException, InterruptedException {
        List<String> words = List.of(ask(Restart.HELLO, ANSWER_SECONDS).split("\t"));
        if (!words.get(0).matches("[0-9]+")) {
            throw new IOException("the running server does not know this kind of restart: stop it and start this one");
        }
        EventLoop loop = proxy.background();
        return HandoverDoor.fetch(door, loop, words.subList(1, words.size()));
    }

    /** From now on the other process accepts nobody and decides nothing. */
    void release() throws IOException, InterruptedException {
        String[] words = ask("release", RELEASE_SECONDS).split(" ", 2);
        if (!words[0].equals("released")) {
            throw new IOException("the running server goes on: " + (words.length > 1 ? words[1] : ""));
        }
        String[] numbers = words[1].split(" ");
        proxy.cancelKeys().continueAfter(Integer.parseInt(numbers[0]));
        predecessor.begin(Integer.parseInt(numbers[1]));
    }

    private String ask(String what, long seconds) throws IOException, InterruptedException {
        try {
            return link.ask(what).get(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException("the running server does not answer", e);
        } catch (ExecutionException e) {
            throw new IOException("the running server is gone", e);
        }
    }

    /**
     * This process could serve. When this returns it is the server: the other one has left, or is gone.
     *
     * @throws IOException if the other one goes on
     */
    void serving() throws IOException, InterruptedException {
        try {
            String answer = link.ask("serving").get(RELEASE_SECONDS, TimeUnit.SECONDS);
            if (!answer.equals("taken")) {
                throw new IOException("the running server goes on: " + answer);
            }
        } catch (ExecutionException | TimeoutException e) {
            // it has let go of everything before: nobody else would serve
            log.warn("the process before this one does not answer: {}", e.toString());
        }
    }

    void settled() {
        link.tell("settled");
    }

    void giveUp(String why) {
        link.tell("gives up " + why.replaceAll("\\s+", " "));
    }
}
