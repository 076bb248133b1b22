package io.trunkline.localcluster;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks whatever listens on a port whether it speaks PostgreSQL's protocol and serves a user without a password. */
public final class ServerProbe {

    private ServerProbe() {}

    /**
     * Opens a session and runs {@code SELECT 1}.
     *
     * @param limit for each of connecting and waiting for an answer
     * @return why it did not work; empty where it did
     */
    public static Optional<String> selectOne(String host, int port, String user, String database, Duration limit) {
        try (TrustSession session = TrustSession.open(host, port, user, database, limit)) {
            List<List<@Nullable String>> rows = session.query("SELECT 1");
            return rows.equals(List.of(List.of("1"))) ? Optional.empty() : Optional.of("SELECT 1 returned " + rows);
        } catch (IOException failure) {
            return Optional.of(Optional.ofNullable(failure.getMessage()).orElse(failure.toString()));
        }
    }
}
