package io.trunkline.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.ReplyQueue.Mode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

/** Every conversation that a server can have is followed to its end; whatever else comes is a violation, no more. */
class ReplyQueuePropertyTest {
    private static final String TAGS = "QFPBDECS";

    /** What the client sent: a request, or the end of its copy data. */
    private record Sent(int id, char tag, Mode mode, Random outcome) {}

    /** What the server sends back, and for which request. */
    private record Reply(byte tag, Sent to) {}

    /** A server that answers as the chapter "Message Flow" of the manual says. */
    private static final class Server {
        private boolean skips;
        private char copy;
        private Sent copying = new Sent(-1, 'c', Mode.FORWARD, new Random(0));
        final Set<Integer> done = new HashSet<>();

        void take(Sent sent, Consumer<Reply> out) {
            if (copy != 0) {
                takeInCopy(sent, out);
                return;
            }
            if (sent.tag == 'S') {
                skips = false;
                if (sent.outcome.nextInt(8) == 0) {
                    out.accept(new Reply((byte) 'E', sent));
                } else {
                    done.add(sent.id);
                }
                out.accept(new Reply((byte) 'Z', sent));
            } else if (sent.tag == 'c' || sent.tag == 'f' || skips) {
                return;
            } else {
                answer(sent, out);
            }
        }

        private void takeInCopy(Sent sent, Consumer<Reply> out) {
            if (sent.tag == 'S') {
                return;
            }
            boolean simple = copy == 'Q';
            copy = 0;
            if (sent.tag == 'c' && sent.outcome.nextInt(4) > 0) {
                done.add(copying.id);
                out.accept(new Reply((byte) 'C', copying));
            } else {
                done.remove(copying.id);
                out.accept(new Reply((byte) 'E', copying));
                skips = !simple;
            }
            if (simple) {
                out.accept(new Reply((byte) 'Z', copying));
            }
        }

        private void answer(Sent sent, Consumer<Reply> out) {
            boolean simple = sent.tag == 'Q' || sent.tag == 'F';
            String replies = replies(sent);
            for (char tag : replies.toCharArray()) {
                out.accept(new Reply((byte) tag, sent));
            }
            if (replies.endsWith("G")) {
                copy = sent.tag;
                copying = sent;
                return;
            }
            boolean failed = replies.endsWith("E");
            if (!failed) {
                done.add(sent.id);
            }
            skips = failed && !simple;
            if (simple) {
                out.accept(new Reply((byte) 'Z', sent));
            }
        }

        private static String replies(Sent sent) {
            Random random = sent.outcome;
            if (random.nextInt(6) == 0) {
                return sent.tag == 'Q' && random.nextBoolean() ? "TDDE" : "E";
            }
            String copyOut = random.nextBoolean() ? "HddcC" : "Hc" + "C";
            return switch (sent.tag) {
                case 'Q' -> pick(random, "TDDC", "C", "I", "TCTDC", copyOut, "G", "CTDCG");
                case 'F' -> "V";
                case 'P' -> "1";
                case 'B' -> "2";
                case 'D' -> pick(random, "T", "n", "tT", "tn");
                case 'E' -> pick(random, "DDC", "C", "I", "Ds", copyOut, "G");
                case 'C' -> "3";
                default -> throw new AssertionError(sent.tag);
            };
        }

        private static String pick(Random random, String... choices) {
            return choices[random.nextInt(choices.length)];
        }
    }

    @Property(tries = 3000)
    void everyConversationOfAServerIsFollowed(@ForAll Random random) {
        ReplyQueue queue = new ReplyQueue();
        Server server = new Server();
        Queue<Sent> toServer = new ArrayDeque<>();
        Queue<Reply> toClient = new ArrayDeque<>();
        Set<Integer> endedWell = new HashSet<>();
        Set<Integer> noticed = new HashSet<>();
        int ids = 0;
        boolean erred = false;
        boolean told = false;
        int steps = 5 + random.nextInt(60);
        while (steps > 0 || !toServer.isEmpty() || !toClient.isEmpty() || queue.isCopyIn()) {
            boolean mustEnd = steps-- <= 0;
            int choice = random.nextInt(3);
            if (choice == 0 && (!mustEnd || queue.isCopyIn() && toClient.isEmpty())) {
                Sent sent = nextOf(queue, ids++, toServer, toClient, random);
                if (sent.tag == 'c' || sent.tag == 'f') {
                    queue.copyEnded();
                } else {
                    int id = sent.id;
                    queue.sent(Request.of(TAGS.indexOf(sent.tag)), sent.mode, ok -> {
                        assertThat(noticed.add(id)).as("each request ends once").isTrue();
                        if (ok) {
                            endedWell.add(id);
                        }
                    });
                }
                toServer.add(sent);
            } else if (choice == 1 && !toServer.isEmpty()) {
                server.take(toServer.remove(), toClient::add);
            } else if (choice == 2 && !toClient.isEmpty()) {
                Reply reply = toClient.remove();
                boolean ready = reply.tag == 'Z';
                assertThat(queue.received(reply.tag))
                        .as("reply %s to %s", (char) reply.tag, reply.to)
                        .isEqualTo(told && !ready ? Mode.SWALLOW : reply.to.mode);
                erred |= reply.tag == 'E';
                if (ready) {
                    told = reply.to.mode != Mode.FORWARD && (told || erred && reply.to.mode == Mode.FORWARD_ERROR);
                    erred = false;
                }
            }
        }
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.isDoubtful()).isFalse();
        assertThat(endedWell).isEqualTo(server.done);
    }

    /**
     * A client that keeps to the protocol: in COPY it ends the copy; while one may be coming it sends at most Syncs, as
     * client libraries do.
     */
    private static Sent nextOf(ReplyQueue queue, int id, Queue<Sent> toServer, Queue<Reply> toClient, Random random) {
        Random outcome = new Random(random.nextLong());
        if (queue.isCopyIn()) {
            return new Sent(id, random.nextInt(3) == 0 ? 'f' : 'c', Mode.FORWARD, outcome);
        }
        Mode mode = Mode.values()[random.nextInt(3)];
        boolean copyMayCome = !queue.isEmpty() && mayCopy(toServer, toClient);
        char tag = copyMayCome ? 'S' : TAGS.charAt(random.nextInt(TAGS.length()));
        return new Sent(id, tag, mode, outcome);
    }

    private static boolean mayCopy(Queue<Sent> toServer, Queue<Reply> toClient) {
        return toServer.stream().anyMatch(sent -> sent.tag == 'Q' || sent.tag == 'E')
                || toClient.stream().anyMatch(reply -> reply.tag == 'G');
    }

    @Property(tries = 2000)
    void whatMakesNoSenseIsAProtocolViolationAndNothingElse(@ForAll @Size(max = 80) byte[] script) {
        ReplyQueue queue = new ReplyQueue();
        List<Boolean> ends = new ArrayList<>();
        int sent = 0;
        for (byte step : script) {
            if (step % 3 == 0) {
                queue.sent(Request.of(Math.floorMod(step, 8)), Mode.values()[Math.floorMod(step, 3)], ends::add);
                sent++;
            } else if (step % 31 == 0) {
                queue.copyEnded();
            } else {
                try {
                    queue.received(step);
                } catch (ProtocolViolation violation) {
                    assertThat(violation).hasMessageStartingWith("message of type ");
                }
            }
        }
        while (!queue.isEmpty()) {
            queue.abandonFirst();
        }
        assertThat(ends.size()).as(Arrays.toString(script)).isLessThanOrEqualTo(sent);
        assertThat(queue.first()).isNull();
    }
}
