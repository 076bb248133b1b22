package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.unix.DomainSocketChannel;
import io.trunkline.pool.BufferMemory;
import io.trunkline.pool.Outgoing;
import io.trunkline.protocol.FrameReader;
import io.trunkline.protocol.FrameSink;
import io.trunkline.protocol.ProtocolViolation;
import io.trunkline.protocol.ServerMessage;
import io.trunkline.protocol.SqlState;
import io.trunkline.protocol.auth.ChannelBinding;
import io.trunkline.protocol.tls.TlsFailures;
import io.trunkline.protocol.tls.TlsHandler;
import io.trunkline.proxy.auth.ClientFacts;
import io.trunkline.proxy.auth.HbaQuestion;
import io.trunkline.proxy.auth.PeerUsers;
import io.trunkline.proxy.log.LogFields;
import io.trunkline.proxy.log.LoggedClient;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection after its StartupMessage: cuts what comes into messages for the {@link FrontendPhase} of the
 * moment, and carries bytes back. Whatever goes wrong here ends this connection and no other. Event loop only.
 */
final class FrontendConnection extends ChannelInboundHandlerAdapter implements FrameSink, ClientFacts, LoggedClient {
    private static final Logger log = LoggerFactory.getLogger(FrontendConnection.class);

    /** How long a client has to take what was written before its connection is to close. */
    static final long LAST_WORDS_MILLIS = 10_000;

    private final Channel channel;
    private ClientIdentity identity;
    private final PeerUsers peerUsers;
    private final long openedNanos = System.nanoTime();
    private final FrameReader reader = new FrameReader(this);
    private final Outgoing outgoing;
    private @Nullable FrontendPhase phase;
    private boolean closing;
    private boolean readingWanted = true;
    private final BufferMemory memory;
    private BufferMemory.Pressure pressure = BufferMemory.Pressure.NONE;

    FrontendConnection(Channel channel, ClientIdentity identity, PeerUsers peerUsers, BufferMemory memory) {
        this.memory = memory;
        this.peerUsers = peerUsers;
        this.channel = channel;
        this.outgoing = new Outgoing(channel);
        this.identity = identity;
    }

    ClientIdentity identity() {
        return identity;
    }

    /** The name of the client's host is known: it stands for the address from now on. */
    void hostIs(String name) {
        identity = identity.at(name + ":" + port());
    }

    // ---- LoggedClient

    @Override
    public int session() {
        return identity.number();
    }

    @Override
    public String user() {
        return identity.user();
    }

    @Override
    public String database() {
        return identity.database();
    }

    @Override
    public String host() {
        String address = identity.address();
        return port().isEmpty() ? address : address.substring(0, address.lastIndexOf(':'));
    }

    @Override
    public String port() {
        String address = identity.address();
        return address.startsWith("[") ? "" : address.substring(address.lastIndexOf(':') + 1);
    }

    @Override
    public String applicationName() {
        return phase == null ? "" : phase.applicationName();
    }

    // ---- the connection

    /** The encryption of the connection; null if there is none. */
    @Nullable
    TlsHandler tls() {
        return TlsHandler.of(channel);
    }

    boolean isEncrypted() {
        return tls() != null;
    }

    /** The certificate that the client has shown, checked against ssl_ca_cert and ssl_crl_file. */
    @Override
    public Optional<X509Certificate> clientCertificate() {
        TlsHandler tls = tls();
        return tls == null ? Optional.empty() : tls.peerCertificate();
    }

    /** What SCRAM-SHA-256-PLUS binds to. */
    @Override
    public ChannelBinding channelBinding() {
        TlsHandler tls = tls();
        return tls == null ? ChannelBinding.NONE : tls.binding();
    }

    @Override
    public Optional<InetAddress> address() {
        return channel.remoteAddress() instanceof InetSocketAddress remote
                ? Optional.of(remote.getAddress())
                : Optional.empty();
    }

    @Override
    public void findSystemUser(Consumer<PeerUsers.PeerUser> found) {
        peerUsers.find(channel, found);
    }

    @Override
    public boolean isThere() {
        return channel.isActive();
    }

    /** The connection as pool_hba.conf is asked about it; empty if it is no Unix socket and has no address any more. */
    Optional<HbaQuestion> question(String database, String user) {
        return isUnixSocket()
                ? Optional.of(HbaQuestion.local(database, user))
                : address().map(from -> HbaQuestion.tcp(from, isEncrypted(), database, user));
    }

    private boolean isUnixSocket() {
        return channel instanceof DomainSocketChannel || channel instanceof NioDomainSocketChannel;
    }

    /** When the client connected, by nanoTime. */
    long openedNanos() {
        return openedNanos;
    }

    /** How long it has been there, as PostgreSQL's log shows it: {@code 0:00:01.250}. */
    String age() {
        Duration age = Duration.ofNanos(System.nanoTime() - openedNanos);
        return String.format(
                Locale.ROOT,
                "%d:%02d:%02d.%03d",
                age.toHours(),
                age.toMinutesPart(),
                age.toSecondsPart(),
                age.toMillisPart());
    }

    /** What is about to be read is for {@code next}. */
    void enter(FrontendPhase next) {
        phase = next;
        reader.ask(next);
    }

    FrameReader reader() {
        return reader;
    }

    /** Goes on with messages that {@link FrameSink#STOP} left; flushing is the caller's. */
    void resume() {
        if (reader.isStopped() && !closing) {
            try {
                reader.resume();
            } catch (ProtocolViolation violation) {
                violated(violation);
            }
            applyReading();
        }
    }

    /** A buffer for a few small messages of our own. */
    ByteBuf buffer() {
        return channel.alloc().ioBuffer(512);
    }

    /** Sends bytes with the next {@link #flush()}. Takes the buffer over. */
    void write(ByteBuf bytes) {
        BufferMemory.Pressure now = memory.pressure();
        if (pressure != now) {
            pressure = now;
            BufferMemory.press(channel, now);
        }
        outgoing.write(bytes);
    }

    /** Sends a NoticeResponse with the next {@link #flush()}; not in the middle of another message. */
    void tell(ServerMessage notice) {
        ByteBuf out = buffer();
        notice.encodeNotice(out);
        write(out);
    }

    void flush() {
        outgoing.flush();
    }

    boolean isWritable() {
        return channel.isWritable();
    }

    boolean isClosing() {
        return closing;
    }

    /** Whether the client is read; false pushes back on it. */
    void setReading(boolean reading) {
        readingWanted = reading;
        applyReading();
    }

    private void applyReading() {
        // a client that sends on while its session waits is read up to there
        boolean reading =
                readingWanted && reader.heldBytes() < memory.pressure().read();
        if (channel.config().isAutoRead() != reading) {
            channel.config().setAutoRead(reading);
        }
    }

    /** Sends a last message and closes. What was written before goes out first. */
    void close(ServerMessage lastWords) {
        if (!closing) {
            ByteBuf out = buffer();
            lastWords.encodeError(out);
            write(out);
            close();
        }
    }

    /** Closes after what was written has gone out, or when the client has not taken it for long. */
    void close() {
        if (!closing) {
            closing = true;
            reader.close();
            if (isAllSent()) {
                channel.close();
                return;
            }
            outgoing.passToChannel();
            channel.writeAndFlush(channel.alloc().buffer(0, 0)).addListener(ChannelFutureListener.CLOSE);
            if (channel.isOpen()) {
                // who does not read must not keep its place, and what it holds
                ScheduledFuture<?> limit =
                        channel.eventLoop().schedule(() -> channel.close(), LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS);
                channel.closeFuture().addListener(closed -> limit.cancel(false));
            }
        }
    }

    private boolean isAllSent() {
        return !isEncrypted() && outgoing.isAllSent();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            reader.feed((ByteBuf) message);
        } catch (ProtocolViolation violation) {
            violated(violation);
        }
        if (reader.isStopped()) {
            applyReading();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (phase != null) {
            phase.readComplete();
        }
        flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (phase != null) {
            phase.writabilityChanged(channel.isWritable());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        closing = true;
        reader.close();
        outgoing.discard();
        if (phase != null) {
            phase.gone();
            phase = null;
            reader.ask(this);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof java.io.IOException) {
            log.atDebug().addKeyValue(LogFields.CLIENT, this).log("connection broke: {}", cause.getMessage());
            ctx.close();
        } else if (TlsFailures.is(cause)) {
            log.atWarn()
                    .addKeyValue(LogFields.CLIENT, this)
                    .log("encrypted connection broke: {}", TlsFailures.reason(cause));
            ctx.close();
        } else {
            log.atError().addKeyValue(LogFields.CLIENT, this).setCause(cause).log("internal error, the session ends");
            close(ServerMessage.fatal(SqlState.INTERNAL_ERROR, "internal error in Trunkline"));
        }
    }

    private void violated(ProtocolViolation violation) {
        log.atWarn().addKeyValue(LogFields.CLIENT, this).log("protocol violation: {}", violation.getMessage());
        close(ServerMessage.fatal(SqlState.PROTOCOL_VIOLATION, String.valueOf(violation.getMessage())));
    }

    // ---- FrameSink: what comes while there is no phase

    @Override
    public int header(byte tag, int length) {
        return DROP;
    }

    @Override
    public int message(byte tag, int length, ByteBuf in, int body, int available) {
        return DROP;
    }

    @Override
    public boolean settlesForLess() {
        return memory.isTight();
    }

    @Override
    public void run(ByteBuf run) {
        run.release();
    }
}
