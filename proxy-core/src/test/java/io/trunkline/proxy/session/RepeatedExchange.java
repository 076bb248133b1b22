package io.trunkline.proxy.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.trunkline.config.PoolMode;
import io.trunkline.pool.scripted.ScriptedBackend;
import io.trunkline.pool.scripted.WireText;
import io.trunkline.proxy.route.Rules;
import java.util.ArrayList;
import java.util.List;

/**
 * Sessions that repeat themselves without sockets, to measure what that costs: from a client's bytes to those for the
 * server, and from its answer to the bytes for the client. The server finds a row whatever it is asked.
 *
 * <p>What passes in each step is learnt first, and has to be the same ever after.
 */
public final class RepeatedExchange implements AutoCloseable {
    /** So often a statement comes until nothing about it is new. */
    private static final int LEARNING_ROUNDS = 5;

    /** @param sent how many bytes the server gets, and with its answer {@code told} how many the client */
    private record Step(
            ByteBuf asked, EmbeddedChannel client, int sent, EmbeddedChannel server, ByteBuf answer, int told) {
        void release() {
            asked.release();
            answer.release();
        }
    }

    private final ProxyFixture proxy = new ProxyFixture();
    private final List<ProxyFixture.Client> clients = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();

    /** Transaction status of the server. */
    private char status = 'I';

    private int next;

    /**
     * @param routing whether reads go to a standby
     * @param reuse whether the server is spared the Parse of unnamed statements that come again
     */
    public RepeatedExchange(PoolMode mode, boolean routing, boolean reuse) {
        proxy.routing = routing ? Rules.of() : Rules.of("load_balance_mode = off");
        proxy.limits.poolModes = new PoolModes(mode, List.of(), List.of());
        proxy.limits.reuseUnnamedStatements = reuse;
        joins(proxy.session());
    }

    private void joins(ProxyFixture.Client client) {
        client.received();
        client.channel.config().setAllocator(ByteBufAllocator.DEFAULT);
        clients.add(client);
    }

    /** A second client, which takes turns with the first; nothing has been sent yet. */
    public RepeatedExchange withAnother() {
        joins(proxy.start());
        return this;
    }

    /** What each client sends before all that is repeated. */
    public RepeatedExchange begins(String requests) {
        clients.forEach(client -> learn(client, requests).release());
        return this;
    }

    /** What is repeated, in turn. */
    public RepeatedExchange repeats(String... requests) {
        for (int round = 0; round < LEARNING_ROUNDS; round++) {
            forgets();
            for (String request : requests) {
                clients.forEach(client -> steps.add(learn(client, request)));
            }
        }
        proxy.limits.settle();
        return this;
    }

    private Step learn(ProxyFixture.Client client, String requests) {
        client.sends(requests);
        EmbeddedChannel server = client.channel;
        ByteBuf answer = Unpooled.buffer();
        int sent = 0;
        for (int node = 0; node < 2; node++) {
            for (ScriptedBackend backend : proxy.nodes.open(node)) {
                ByteBuf received = WireText.encode(WireText.Sender.CLIENT, backend.received());
                if (received.isReadable()) {
                    server = backend.channel();
                    server.config().setAllocator(ByteBufAllocator.DEFAULT);
                    sent += received.readableBytes();
                    answer(received, answer);
                    backend.sends(answer.copy());
                }
                received.release();
            }
        }
        int told = client.receivedBytes().length;
        ByteBuf asked = WireText.encode(WireText.Sender.CLIENT, requests);
        return new Step(asRead(asked), client.channel, sent, server, asRead(answer), told);
    }

    /** In the kind of buffer that channels read into: it matters for what a copy takes. */
    private static ByteBuf asRead(ByteBuf bytes) {
        ByteBuf read = ByteBufAllocator.DEFAULT.ioBuffer(bytes.readableBytes()).writeBytes(bytes);
        bytes.release();
        return read;
    }

    private void answer(ByteBuf requests, ByteBuf out) {
        while (requests.isReadable()) {
            byte tag = requests.readByte();
            String text = requests.readSlice(requests.readInt() - 4).toString(UTF_8);
            ByteBuf answer = WireText.encode(WireText.Sender.SERVER, answer((char) tag, text));
            out.writeBytes(answer);
            answer.release();
        }
    }

    private String answer(char tag, String text) {
        status = text.startsWith("BEGIN") ? 'T' : text.startsWith("COMMIT") ? 'I' : status;
        return switch (tag) {
            case 'P' -> "1";
            case 'B' -> "2";
            case 'C' -> "3";
            case 'D' -> "T(x)";
            case 'E' -> "D(4711) C(SELECT 1)";
            case 'S' -> "Z(" + status + ")";
            case 'Q' -> (text.startsWith("SELECT") ? "T(x) D(4711) C(SELECT 1)" : "C(UPDATE 1)") + " Z(" + status + ")";
            default -> throw new AssertionError("unexpected request " + tag);
        };
    }

    /** The next of the requests, and its answer. */
    public void next() {
        Step step = steps.get(next);
        next = next + 1 == steps.size() ? 0 : next + 1;
        arrives(step.asked, step.client);
        int sent = step.server == step.client ? 0 : left(step.server);
        if (step.answer.isReadable()) {
            arrives(step.answer, step.server);
        }
        int told = left(step.client);
        if (sent != step.sent || told != step.told) {
            throw new AssertionError(
                    sent + " bytes sent and " + told + " told, not " + step.sent + " and " + step.told);
        }
    }

    private static void arrives(ByteBuf bytes, EmbeddedChannel at) {
        // a buffer for each read, as with a socket
        ByteBuf read = at.alloc().ioBuffer(bytes.readableBytes()).writeBytes(bytes, 0, bytes.readableBytes());
        at.pipeline().fireChannelRead(read).fireChannelReadComplete();
        at.runPendingTasks();
    }

    private static int left(EmbeddedChannel channel) {
        channel.runPendingTasks();
        int bytes = 0;
        for (Object run = channel.outboundMessages().poll();
                run != null;
                run = channel.outboundMessages().poll()) {
            bytes += ((ByteBuf) run).readableBytes();
            ((ByteBuf) run).release();
        }
        return bytes;
    }

    private void forgets() {
        steps.forEach(Step::release);
        steps.clear();
    }

    @Override
    public void close() {
        forgets();
        proxy.finish();
    }
}
