package io.trunkline.proxy.session;

import io.netty.buffer.ByteBuf;
import io.trunkline.pool.StartupKey;
import io.trunkline.protocol.BackendMessages;
import io.trunkline.protocol.TransactionStatus;
import io.trunkline.protocol.auth.AuthenticationRequest;
import java.util.Map;

/** What a client hears when it is in: AuthenticationOk to ReadyForQuery, as the server it will talk to would say it. */
final class Greeting {
    private Greeting() {}

    static void write(FrontendConnection front, LoopServices loop, StartupKey key, String applicationName) {
        ByteBuf out = front.buffer();
        BackendMessages.authentication(out, AuthenticationRequest.OK.body());
        Map<String, String> parameters = loop.profiles().parameters(key).orElse(Map.of());
        boolean hotStandby = !loop.cluster().hasPrimary();
        parameters.forEach((name, value) -> BackendMessages.parameterStatus(
                out,
                name,
                switch (name) {
                    case "in_hot_standby" -> hotStandby ? "on" : "off";
                    case StartupKey.APPLICATION_NAME -> applicationName;
                    default -> value;
                }));
        BackendMessages.backendKeyData(
                out, front.identity().number(), front.identity().cancelKey());
        BackendMessages.readyForQuery(out, TransactionStatus.IDLE);
        front.write(out);
    }
}
