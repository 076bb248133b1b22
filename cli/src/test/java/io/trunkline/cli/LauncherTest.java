package io.trunkline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LauncherTest {

    private static final String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";

    @TempDir
    private Path directory;

    private Path home = Path.of("");

    @BeforeEach
    void makeDistribution() throws IOException {
        home = directory.toRealPath().resolve("a distribution");
        Shell.copyDist(home);
        for (String jar : List.of("aaa-1.jar", "trunkline-cli-1.jar", "zzz-2.jar")) {
            Files.createFile(home.resolve("lib").resolve(jar));
        }
    }

    @Test
    void javaNamedByTrunklineJavaWinsOverJavaHome() throws Exception {
        Path named = Shell.fakeJava(directory.resolve("named"), "17.0.1");
        Path javaHome = Shell.fakeJava(directory.resolve("home"), "25");

        assertThat(launch(Map.of("TRUNKLINE_JAVA", named.toString(), "JAVA_HOME", javaHome.toString()))
                        .out())
                .contains("home " + named + "\n");
        assertThat(launch(Map.of("TRUNKLINE_JAVA", named + "/bin/java", "JAVA_HOME", javaHome.toString()))
                        .out())
                .contains("home " + named + "\n");
        assertThat(launch(Map.of("JAVA_HOME", javaHome.toString())).out()).contains("home " + javaHome + "\n");
    }

    @Test
    void javaThatIsTooOldIsRefusedByItsVersion() throws Exception {
        Path old = Shell.fakeJava(directory.resolve("old"), "11.0.2");

        Shell.Result result = launch(Map.of("JAVA_HOME", old.toString()));

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .isEqualTo("trunkline: JAVA_HOME is " + old + ", which is Java 11.0.2; Java 17 or later is needed\n");
    }

    @Test
    void javaThatIsNotThereIsRefused() throws Exception {
        Shell.Result result = launch(Map.of("TRUNKLINE_JAVA", "/no/such/java"));

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).contains("TRUNKLINE_JAVA is /no/such/java");
    }

    @Test
    void newestOfTheInstalledJavasIsFound() throws Exception {
        Path jvms = directory.resolve("jvms");
        Shell.fakeJava(jvms.resolve("jdk8"), "1.8.0_392");
        Shell.fakeJava(jvms.resolve("jdk17"), "17.0.9");
        Shell.fakeJava(jvms.resolve("jdk21"), "21.0.10");
        Shell.fakeJava(jvms.resolve("jdk21-older"), "21.0.9");
        Files.createDirectories(jvms.resolve("empty"));

        Shell.Result result = findAmong(jvms);

        assertThat(result.err()).isEmpty();
        assertThat(result.out()).isEqualTo(jvms.resolve("jdk21/bin/java") + " 21\n");
    }

    @Test
    void machineWithOnlyOldJavasIsToldWhichTheyAre() throws Exception {
        Path jvms = directory.resolve("jvms");
        Shell.fakeJava(jvms.resolve("jdk11"), "11.0.2");

        Shell.Result result = findAmong(jvms);

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err())
                .contains("no Java 17 or later was found")
                .contains("too old: " + jvms.resolve("jdk11") + " (Java 11.0.2)");
    }

    @Test
    void processOfTheLauncherBecomesTheOneOfJava() throws Exception {
        Shell.Result result = launch(Map.of(
                "JAVA_HOME", Shell.fakeJava(directory.resolve("jdk"), "17").toString()));

        assertThat(result.outLines()).startsWith("pid " + result.pid());
    }

    @Test
    void optionsOfTheFileComeFirstThenTheUsersThenTheMainClassAndTheArguments() throws Exception {
        Path java = Shell.fakeJava(directory.resolve("jdk"), "17.0.1");

        Shell.Result result = launch(
                Map.of("JAVA_HOME", java.toString(), "TRUNKLINE_JAVA_OPTS", "-Xmx64m  -Da=*"), "start", "-f", "a  *");

        assertThat(result.outLines())
                .containsSubsequence(
                        "-XX:+UseSerialGC",
                        "-Xmx64m",
                        "-Da=*",
                        "-Dtrunkline.home=" + home,
                        "-cp",
                        home + "/lib/trunkline-cli-1.jar:" + home + "/lib/aaa-1.jar:" + home + "/lib/zzz-2.jar",
                        "io.trunkline.cli.Main",
                        "start",
                        "-f",
                        "a  *")
                .doesNotContain("-XX:TieredStopAtLevel=1");
    }

    @Test
    void optionForNewerJavasIsGivenToThoseOnly() throws Exception {
        Path old = Shell.fakeJava(directory.resolve("old"), "17.0.1");
        Path edge = Shell.fakeJava(directory.resolve("edge"), "22");

        assertThat(launch(Map.of("JAVA_HOME", old.toString())).outLines()).doesNotContain(NATIVE_ACCESS);
        assertThat(launch(Map.of("JAVA_HOME", edge.toString())).outLines()).contains(NATIVE_ACCESS);
    }

    @Test
    void archiveOfClassesIsUsedWhereThisJavaHasOne() throws Exception {
        Path jdk17 = Shell.fakeJava(directory.resolve("jdk17"), "17.0.1");
        Path jdk25 = Shell.fakeJava(directory.resolve("jdk25"), "25.0.3");
        Path archive = home.resolve("lib/java-25.0.3.aot");
        Files.writeString(archive, "anything");

        assertThat(launch(Map.of("JAVA_HOME", jdk25.toString())).outLines())
                .contains("-XX:AOTCache=" + archive, "-Dtrunkline.archive=" + archive);
        assertThat(launch(Map.of("JAVA_HOME", jdk17.toString())).outLines())
                .contains("-Dtrunkline.archive=" + home.resolve("lib/java-17.0.1.jsa"))
                .noneMatch(line -> line.startsWith("-XX:SharedArchiveFile") || line.startsWith("-XX:AOT"));
    }

    /** Java 17 would crash. */
    @Test
    void archiveThatIsShorterThanItWasMadeIsLeftAlone() throws Exception {
        Path jdk = Shell.fakeJava(directory.resolve("jdk"), "17.0.1");
        Path archive = Files.writeString(home.resolve("lib/java-17.0.1.jsa"), "12345");
        String use = "-XX:SharedArchiveFile=" + archive;

        assertThat(launch(Map.of("JAVA_HOME", jdk.toString())).outLines()).doesNotContain(use);
        Files.writeString(home.resolve("lib/java-17.0.1.jsa.size"), "5\n");
        assertThat(launch(Map.of("JAVA_HOME", jdk.toString())).outLines()).contains(use);
        Files.writeString(archive, "123");
        assertThat(launch(Map.of("JAVA_HOME", jdk.toString())).outLines()).doesNotContain(use);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Xshare:off", "-XX:SharedArchiveFile=/mine", "-XX:AOTMode=off"})
    void whoSetsSuchOptionsGetsNoArchive(String option) throws Exception {
        Path jdk = Shell.fakeJava(directory.resolve("jdk"), "25.0.3");
        Files.writeString(home.resolve("lib/java-25.0.3.aot"), "anything");

        assertThat(launch(Map.of("JAVA_HOME", jdk.toString(), "TRUNKLINE_JAVA_OPTS", option))
                        .outLines())
                .contains(option)
                .noneMatch(line -> line.startsWith("-XX:AOTCache=") || line.startsWith("-Dtrunkline.archive="));
    }

    @Test
    void ofSeveralAtOnceOneMakesTheArchiveAndClearsWhatOthersHaveLeft() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/flock")));
        Path jdk = Shell.fakeJava(directory.resolve("jdk"), "25.0.3");
        Path runs = directory.resolve("runs");
        // makes what the option names, once two have come
        Shell.script(jdk.resolve("bin/java"), """
                echo run >>'%s'
                for option; do case $option in -XX:AOTCacheOutput=*) new=${option#*=} ;; esac; done
                until [ "$(ls "${new%%/*}" | grep -c '[.]log$')" = 2 ]; do sleep 0.02; done
                sleep 0.05
                echo archive >"$new"
                """.formatted(runs));
        Path left = Files.createFile(home.resolve("lib/java-24.0.1.jsa.999999999.log"));
        Map<String, String> environment = Map.of("JAVA_HOME", jdk.toString());

        CompletableFuture<Shell.Result> other = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return launch(environment, "archive");
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                },
                task -> new Thread(task).start());
        Shell.Result one = launch(environment, "archive");

        Path archive = home.resolve("lib/java-25.0.3.aot");
        for (Shell.Result result : List.of(one, other.get(60, TimeUnit.SECONDS))) {
            assertThat(result.status()).as(result.toString()).isZero();
            assertThat(result.out()).isEqualTo(archive + "\n");
        }
        assertThat(runs).hasContent("run");
        assertThat(archive).hasContent("archive");
        assertThat(left).doesNotExist();
        assertThat(home.resolve("lib")).isDirectoryNotContaining("glob:**/java-*.aot.[0-9]*");
    }

    @Test
    void launcherWorksThroughSymbolicLinks() throws Exception {
        Path java = Shell.fakeJava(directory.resolve("jdk"), "17.0.1");
        Path absolute = Files.createSymbolicLink(directory.resolve("absolute"), home.resolve("bin/trunkline"));
        Path relative = Files.createSymbolicLink(directory.resolve("relative"), Path.of("absolute"));

        Shell.Result result = Shell.run(Map.of("JAVA_HOME", java.toString()), List.of(relative.toString()));

        assertThat(absolute).exists();
        assertThat(result.outLines()).contains("-Dtrunkline.home=" + home);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pg_md5", "pg_enc", "pcp_node_info", "pcp_invalidate_query_cache"})
    void programsWithNamesOfTheirOwnAreThisOneWithTheirName(String name) throws Exception {
        Path java = Shell.fakeJava(directory.resolve("jdk"), "17.0.1");
        Path link = Files.createSymbolicLink(
                directory.resolve(name), home.resolve("bin").resolve(name));

        Shell.Result result = Shell.run(Map.of("JAVA_HOME", java.toString()), List.of(link.toString(), "-p", "a  *"));

        assertThat(result.outLines())
                .containsSubsequence(
                        "-XX:TieredStopAtLevel=1",
                        "-Dtrunkline.home=" + home,
                        "io.trunkline.cli.Main",
                        name,
                        "-p",
                        "a  *");
        assertThat(result.outLines()).startsWith("pid " + result.pid());
    }

    private Shell.Result launch(Map<String, String> environment, String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(home.resolve("bin/trunkline").toString()));
        command.addAll(List.of(arguments));
        return Shell.run(environment, command);
    }

    private static Shell.Result findAmong(Path jvms) throws Exception {
        String script = ". \"$1\"; places=$2"
                + "; java_places() { printf '%s\\n' \"$places\"/*; }; find_java && echo \"$java $java_feature\"";
        return Shell.run(
                Map.of(),
                List.of(
                        "sh",
                        "-c",
                        script,
                        "sh",
                        Shell.DIST.resolve("lib/find-java.sh").toString(),
                        jvms.toString()));
    }
}
