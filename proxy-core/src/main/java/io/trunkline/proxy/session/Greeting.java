package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.failover.ClusterView;
import io.trunkline.pool.StartupKey;
import io.trunkline.pool.StartupProfiles;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.protocol.auth.AuthenticationRequest;
import java.util.Map;

/**
 * What a client hears when it is in: AuthenticationOk to ReadyForQuery, as the server it will talk to would say it. The
 * part of it that the last client heard too is kept ready, as most clients of a loop are alike. Event loop only.
 */
final class Greeting {
    private static final byte[] NONE = {};

    private final StartupProfiles profiles;

    /** What {@link #ready} was made of. */
    private Map<String, String> parameters = Map.of();

    private String applicationName = "";
    private boolean hotStandby;

    private byte[] ready = NONE;

    Greeting(StartupProfiles profiles) {
        this.profiles = profiles;
    }

    void write(FrontendConnection front, StartupKey key, String name, ClusterView cluster) {
        prepare(profiles.parameters(key).orElse(Map.of()), name, !cluster.hasPrimary(), front);
        ByteBuf out = front.buffer();
        out.writeBytes(ready);
        BackendMessages.backendKeyData(
                out, front.identity().number(), front.identity().cancelKey());
        BackendMessages.readyForQuery(out, TransactionStatus.IDLE);
        front.write(out);
    }

    @SuppressWarnings(
            "ReferenceEquality") // the map never changes, and is the same one as long as servers report the same
    private void prepare(Map<String, String> reported, String name, boolean standby, FrontendConnection front) {
        if (ready.length > 0 && reported == parameters && standby == hotStandby && name.equals(applicationName)) {
            return;
        }
        parameters = reported;
        applicationName = name;
        hotStandby = standby;
        ByteBuf out = front.buffer();
        BackendMessages.authentication(out, AuthenticationRequest.OK.body());
        reported.forEach((parameter, value) -> BackendMessages.parameterStatus(
                out,
                parameter,
                switch (parameter) {
                    case "in_hot_standby" -> standby ? "on" : "off";
                    case StartupKey.APPLICATION_NAME -> name;
                    default -> value;
                }));
        ready = new byte[out.readableBytes()];
        out.readBytes(ready).release();
    }
}
