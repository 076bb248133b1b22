package io.trunkline.cli;

import io.trunkline.config.ConfigCheck;
import io.trunkline.proxy.process.ControlAnswer;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code trunkline status}. */
@Command(
        name = "status",
        description = {
            "Shows whether the server is running, its nodes with their connections, and what has happened last.",
            "The exit status is 0 if it is running, 3 if it is not, and 1 if it does not answer."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class StatusCommand implements Callable<Integer> {
    private static final int NOT_RUNNING = 3;

    /** Of a terminal: the cursor goes home, and all behind it away. */
    private static final String CLEAR = "\u001b[H\u001b[J";

    @Option(names = "--json", description = "Prints JSON: version, pid, port, state, sessions, waiting, nodes, events.")
    private boolean json;

    @Option(
            names = "--watch",
            arity = "0..1",
            paramLabel = "SECONDS",
            fallbackValue = "2",
            converter = SecondsConverter.class,
            description = "Shows it again and again, every 2 seconds if no other number is given, until Ctrl-C.")
    private @Nullable Duration watch;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /** Seconds, and parts of them. */
    static final class SecondsConverter implements ITypeConverter<Duration> {
        private static final double LONGEST = 3600;

        @Override
        public Duration convert(String text) {
            try {
                double seconds = Double.parseDouble(text);
                if (seconds > 0 && seconds <= LONGEST) {
                    return Duration.ofMillis((long) Math.ceil(seconds * 1000));
                }
            } catch (NumberFormatException e) {
                // as a number that is out of bounds
            }
            throw new TypeConversionException("\"" + text + "\" is no number of seconds from 0.001 to 3600");
        }
    }

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Duration interval = watch;
        if (interval == null) {
            Shown shown = look();
            out.println(shown.text());
            out.flush();
            return shown.status();
        }
        while (!out.checkError()) {
            out.print((json ? "" : CLEAR) + lookOrSayWhyNot() + System.lineSeparator());
            // checkError writes it out, and tells when nobody reads any more
            if (!out.checkError()) {
                TimeUnit.MILLISECONDS.sleep(interval.toMillis());
            }
        }
        return 0;
    }

    private record Shown(String text, int status) {}

    /** A server that is restarted is watched on. */
    private String lookOrSayWhyNot() {
        try {
            return look().text();
        } catch (CommandFailure e) {
            return json ? "{\"state\":\"unknown\"}" : "trunkline: " + e.getMessage();
        }
    }

    private Shown look() {
        ConfigCheck files = options.files();
        Optional<RunningServer> running = RunningServer.find(files);
        if (running.isEmpty()) {
            return new Shown(json ? "{\"state\":\"stopped\"}" : RunningServer.notRunning(files), NOT_RUNNING);
        }
        try {
            ControlAnswer answer = running.get().ask(json ? "status json" : "status text");
            if (!answer.ok()) {
                throw new CommandFailure(answer.body());
            }
            return new Shown(answer.body().stripTrailing(), 0);
        } catch (IOException e) {
            throw new CommandFailure(
                    "process " + running.get().pid() + " is running but does not answer: " + e.getMessage(), e);
        }
    }
}
