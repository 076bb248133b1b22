package io.trunkline.localcluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where unpacked servers are kept: a directory of this user's own that the servers' account can read. */
final class ServerCache {

    private ServerCache() {}

    static Path directory(ServerAccount account) {
        List<Path> choices = new ArrayList<>();
        if (ServerAccount.isRoot()) {
            choices.add(Path.of("/var/cache/trunkline"));
        } else {
            Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
                    .filter(place -> place.startsWith("/"))
                    .ifPresent(place -> choices.add(Path.of(place, "trunkline")));
            Optional.ofNullable(System.getenv("HOME"))
                    .filter(place -> place.startsWith("/"))
                    .ifPresent(place -> choices.add(Path.of(place, ".cache", "trunkline")));
        }
        String user = System.getProperty("user.name", "unknown").replaceAll("[^A-Za-z0-9._-]", "_");
        choices.add(Path.of(System.getProperty("java.io.tmpdir", "/tmp"), "trunkline-cache-" + user));
        List<String> refused = new ArrayList<>();
        for (Path choice : choices) {
            try {
                FileTree.createReadable(choice);
                // In a directory of somebody else's, somebody else could put programs that we would run.
                if (account.obstacleTo(choice).isEmpty() && Files.isWritable(choice) && FileTree.isOurs(choice)) {
                    return choice;
                }
                refused.add(choice.toString());
            } catch (IOException failure) {
                refused.add(choice.toString());
            }
        }
        throw new LocalClusterException("no directory to unpack PostgreSQL into; tried " + String.join(", ", refused));
    }
}
