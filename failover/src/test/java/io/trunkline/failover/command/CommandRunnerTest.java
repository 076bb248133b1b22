package io.trunkline.failover.command;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.trunkline.failover.CommandCall;
import io.trunkline.failover.CommandCall.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@Timeout(60)
class CommandRunnerTest {
    private static final Duration NO_LIMIT = Duration.ZERO;

    @TempDir
    Path directory;

    private final List<String> logged = new CopyOnWriteArrayList<>();
    private final List<String> counted = new CopyOnWriteArrayList<>();
    private final ExecutorService loop = Executors.newSingleThreadExecutor(task -> new Thread(task, "cluster"));
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            logged.add(event.getLevel() + " " + event.getFormattedMessage());
        }
    };
    private final CommandRunner runner = new CommandRunner(
            loop,
            (kind, outcome, took) -> counted.add(kind + " " + outcome.exitStatus() + " " + outcome.timedOut() + " "
                    + (took.compareTo(Duration.ofSeconds(60)) < 0)));

    @BeforeEach
    void listen() {
        appender.start();
        logger().addAppender(appender);
        logger().setLevel(Level.INFO);
    }

    @AfterEach
    void stop() {
        runner.close();
        loop.shutdown();
        logger().detachAppender(appender);
        logger().setLevel(null);
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(RunningCommand.class);
    }

    private Outcome run(String template, Duration limit) throws Exception {
        return start(template, limit).get(30, TimeUnit.SECONDS);
    }

    private CompletableFuture<Outcome> start(String template, Duration limit) {
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        runner.run(Calls.failover(template, limit), answer::complete);
        return answer;
    }

    @Test
    void aCommandIsLoggedWithItsOutputAndItsEnd() throws Exception {
        Outcome outcome = run("echo node %d; echo trouble >&2; printf unfinished", NO_LIMIT);
        assertThat(outcome).isEqualTo(new Outcome(0, false));
        assertThat(logged.subList(0, 4))
                .containsExactly(
                        "INFO execute command: echo node 0; echo trouble >&2; printf unfinished",
                        "INFO failover_command for node 0: node 0",
                        "INFO failover_command for node 0: trouble",
                        "INFO failover_command for node 0: unfinished");
        assertThat(logged.get(4)).matches("INFO failover_command for node 0 ended with exit status 0 after \\d+ ms");
        assertThat(counted).containsExactly("FAILOVER 0 false true");
    }

    @Test
    void theExitStatusOfAFailureIsAnsweredLoggedAndCounted() throws Exception {
        assertThat(run("exit 7", NO_LIMIT)).isEqualTo(new Outcome(7, false));
        assertThat(logged.get(1)).startsWith("WARN failover_command for node 0 failed with exit status 7 after ");
        assertThat(run("/no/such/script", NO_LIMIT)).isEqualTo(new Outcome(127, false));
        assertThat(run("kill -9 $$", NO_LIMIT)).isEqualTo(new Outcome(137, false));
        assertThat(counted)
                .containsExactly("FAILOVER 7 false true", "FAILOVER 127 false true", "FAILOVER 137 false true");
    }

    @Test
    void theAnswerComesOnTheGivenThreadAndNeverWhileTheCommandIsAskedFor() throws Exception {
        CompletableFuture<String> thread = new CompletableFuture<>();
        runner.run(
                Calls.failover("", NO_LIMIT),
                outcome -> thread.complete(Thread.currentThread().getName() + outcome.succeeded()));
        assertThat(thread.get(30, TimeUnit.SECONDS)).isEqualTo("clustertrue");
        assertThat(logged).isEmpty();
        CompletableFuture<String> second = new CompletableFuture<>();
        runner.run(
                Calls.failover("true", NO_LIMIT),
                outcome -> second.complete(Thread.currentThread().getName()));
        assertThat(second.get(30, TimeUnit.SECONDS)).isEqualTo("cluster");
    }

    @Test
    void aCommandHasNothingToReadAndTheEnvironmentOfTheServer() throws Exception {
        assertThat(run("cat; test -n \"$PATH\"", Duration.ofSeconds(20))).isEqualTo(new Outcome(0, false));
    }

    @Test
    void aCommandThatTakesTooLongIsKilledWithAllItsDescendantsAndGoesNoStepFurther() throws Exception {
        Path script =
                script("(sh -c 'echo $$ > pid.new; mv pid.new pid; exec sleep 300'; touch inner)\n" + "touch outer\n");
        Outcome outcome = run(script.toString(), Duration.ofSeconds(2));
        assertThat(outcome).isEqualTo(new Outcome(137, true));
        assertThat(logged).contains("ERROR failover_command for node 0 has run for 2 s and is killed");
        assertThat(counted).containsExactly("FAILOVER 137 true true");
        awaitEnd(Long.parseLong(Files.readString(directory.resolve("pid")).strip()));
        assertThat(directory.resolve("inner")).doesNotExist();
        assertThat(directory.resolve("outer")).doesNotExist();
    }

    @Test
    void aCommandCanBeKilledAndKillingItAgainDoesNothing() throws Exception {
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        Runnable kill = runner.run(Calls.failover("echo started; sleep 300; echo further", NO_LIMIT), answer::complete);
        kill.run();
        kill.run();
        assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo(new Outcome(137, false));
        kill.run();
        assertThat(logged).noneMatch(line -> line.endsWith(": further"));
        assertThat(counted).hasSize(1);
    }

    @Test
    void whatACommandLeavesRunningDoesNotHoldUpItsEnd() throws Exception {
        Path script = script("(trap '' PIPE; echo $$; exec sleep 300) &\necho $! > pid\necho done\n");
        assertThat(run(script.toString(), Duration.ofSeconds(20))).isEqualTo(new Outcome(0, false));
        assertThat(logged).anyMatch(line -> line.endsWith(": done"));
        long left = Long.parseLong(Files.readString(directory.resolve("pid")).strip());
        ProcessHandle handle = ProcessHandle.of(left).orElseThrow();
        assertThat(handle.isAlive()).isTrue();
        handle.destroyForcibly();
    }

    @Test
    void anEndlessOutputIsReadAndLoggedInPartOnly() throws Exception {
        Outcome outcome =
                run("head -c 3000000 /dev/zero | tr '\\0' x; echo; yes y | head -n 500000; echo last", NO_LIMIT);
        assertThat(outcome.succeeded()).isTrue();
        assertThat(logged.get(1)).hasSizeLessThan(2_200).endsWith("x [and 2998000 more characters]");
        assertThat(logged).hasSize(OutputLines.MAX_LINES + 3);
        assertThat(logged).contains("INFO failover_command for node 0: [its further output is not logged]");
        assertThat(logged).noneMatch(line -> line.endsWith(": last"));
        assertThat(logged.get(logged.size() - 1)).contains("ended with exit status 0");
    }

    @Test
    void manyLongLinesAreLoggedInPartOnly() throws Exception {
        run("yes $(head -c 1500 /dev/zero | tr '\\0' x) | head -n 3000", NO_LIMIT);
        assertThat(logged.stream().mapToInt(String::length).sum()).isLessThan(2 * OutputLines.MAX_TOTAL);
        assertThat(logged).contains("INFO failover_command for node 0: [its further output is not logged]");
    }

    @Test
    void theSampleScriptOfPgpoolSkipsTheFailoverWhereNoNodeIsLeft() throws Exception {
        Path sample = Path.of("/usr/share/doc/pgpool2/examples/scripts/failover.sh.sample");
        Assumptions.assumeTrue(Files.isReadable(sample), "the package pgpool2 is not installed");
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        CommandCall.Values values =
                new CommandCall.Values(Calls.FIRST, CommandCall.Node.NONE, 0, CommandCall.Node.NONE);
        String template = "/bin/bash " + sample + " %d %h %p %D %m %H %M %P %r %R %N %S";
        runner.run(new CommandCall(CommandCall.Kind.FAILOVER, template, values, NO_LIMIT), answer::complete);
        assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo(new Outcome(0, false));
        assertThat(logged)
                .contains("INFO failover_command for node 0: failover.sh: All nodes are down. Skipping failover.");
    }

    @Test
    void controlCharactersOfTheOutputDoNotReachTheLog() throws Exception {
        run("printf 'a\\033[31mb\\rc\\n'", NO_LIMIT);
        assertThat(logged.get(1)).isEqualTo("INFO failover_command for node 0: a [31mb c");
    }

    @Test
    void aCommandInWhichAValueCanNotBeQuotedIsNotRun() throws Exception {
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        runner.run(
                new CommandCall(CommandCall.Kind.FAILBACK, "touch `echo %D`", Calls.detached("db0", "/a b"), NO_LIMIT),
                answer::complete);
        assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo(new Outcome(126, false));
        assertThat(logged.get(0)).startsWith("ERROR failback_command for node 0 is not run: the value of %D, \"/a b\"");
        assertThat(counted).containsExactly("FAILBACK 126 false true");
    }

    @Test
    void commandsRunBesideEachOther() throws Exception {
        String wait = "while ! test -e " + directory + "/go; do sleep 0.05; done; echo %d";
        CompletableFuture<Outcome> waiting = start(wait, Duration.ofSeconds(30));
        assertThat(run("touch " + directory + "/go", NO_LIMIT).succeeded()).isTrue();
        assertThat(waiting.get(30, TimeUnit.SECONDS).succeeded()).isTrue();
    }

    @Test
    void closingKillsWhatRunsAndWhatIsAskedForLater() throws Exception {
        CompletableFuture<Outcome> before = start("sleep 300", NO_LIMIT);
        runner.close();
        CompletableFuture<Outcome> after = start("sleep 300", NO_LIMIT);
        assertThat(before.get(30, TimeUnit.SECONDS).exitStatus()).isEqualTo(137);
        assertThat(after.get(30, TimeUnit.SECONDS).exitStatus()).isEqualTo(137);
    }

    private Path script(String text) throws Exception {
        Path script = directory.resolve("script.sh");
        Files.writeString(script, "#!/bin/sh\ncd " + directory + "\n" + text);
        assertThat(script.toFile().setExecutable(true)).isTrue();
        return script;
    }

    private static void awaitEnd(long pid) throws Exception {
        var handle = ProcessHandle.of(pid);
        if (handle.isPresent()) {
            handle.get().onExit().get(30, TimeUnit.SECONDS);
        }
    }
}
