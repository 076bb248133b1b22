package io.trunkline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./trunkline} at the root of the source tree, with a Maven that only makes the files that are looked for. */
final class SourceTreeLauncherTest {

    private static final String BUILD = """
            echo "mvn $*" >&2
            mkdir -p target/trunkline/bin target/trunkline/lib
            printf '#!/bin/sh\\necho "launched $*"\\n' >target/trunkline/bin/trunkline
            chmod +x target/trunkline/bin/trunkline
            touch target/trunkline/lib/trunkline-cli-1.jar""";

    @TempDir
    private Path directory;

    private Path root = Path.of("");

    @BeforeEach
    void makeSourceTree() throws IOException {
        root = directory.resolve("source tree");
        Shell.copyDist(root.resolve("cli/src/dist"));
        Files.copy(Shell.ROOT.resolve("trunkline"), root.resolve("trunkline"), StandardCopyOption.COPY_ATTRIBUTES);
        for (String file : List.of("pom.xml", "cli/pom.xml", "pool/pom.xml", "pool/src/main/java/A.java")) {
            Files.createDirectories(root.resolve(file).getParent());
            Files.createFile(root.resolve(file));
        }
        Files.createDirectories(root.resolve("cli/src/assembly"));
        Shell.script(directory.resolve("bin/mvn"), BUILD);
    }

    @Test
    void treeIsBuiltOnceAndThenOnlyWhenASourceIsNewer() throws Exception {
        Shell.Result first = run();
        assertThat(first.out()).isEqualTo("launched demo --port 1\n");
        assertThat(first.err())
                .contains("trunkline: building")
                .contains("mvn ")
                .contains("-DskipTests -pl cli -am package");

        assertThat(run().err()).isEmpty();

        Files.setLastModifiedTime(
                root.resolve("pool/src/main/java/A.java"),
                FileTime.from(Instant.now().plusSeconds(2)));
        assertThat(run().err()).contains("mvn ");
    }

    @Test
    void failedBuildIsSaidAndNothingIsLaunched() throws Exception {
        Shell.script(directory.resolve("bin/mvn"), "echo 'it does not compile'; exit 1");

        Shell.Result result = run();

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).contains("it does not compile").contains("trunkline: the build failed");
    }

    private Shell.Result run() throws Exception {
        String path = directory.resolve("bin") + ":" + System.getenv("PATH");
        return Shell.run(Map.of("PATH", path), List.of(root.resolve("trunkline").toString(), "demo", "--port", "1"));
    }
}
