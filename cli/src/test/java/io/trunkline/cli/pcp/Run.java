package io.trunkline.cli.pcp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.trunkline.cli.program.SecretPrompt;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs a program in this process. */
final class Run {
    /** What a program did. */
    record Result(int status, String out, String err) {}

    private final List<String> command;
    private final Map<String, String> environment = new HashMap<>(Map.of("PCPPASSFILE", "/nonexistent/pcppass"));
    private String typed = ScriptedServer.PASSWORD;
    private final List<String> prompts = new ArrayList<>();

    private Run(List<String> command) {
        this.command = command;
    }

    /** A command line whose words have single blanks between them. */
    static Run of(String command) {
        return new Run(new ArrayList<>(List.of(command.split(" "))));
    }

    /** The same, as the user whom the server knows. */
    static Run on(ScriptedServer server, String command) {
        return of(command + " -h 127.0.0.1 -U " + ScriptedServer.USER + " -p " + server.port());
    }

    Run typing(String password) {
        typed = password;
        return this;
    }

    Run with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    Run with(Path passwordFile) {
        return with("PCPPASSFILE", passwordFile.toString());
    }

    /** What was asked for. */
    List<String> prompts() {
        return prompts;
    }

    Result result() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        SecretPrompt prompt = text -> {
            prompts.add(text);
            return typed;
        };
        PcpProgram program = new PcpProgram(
                Tool.named(command.get(0)).orElseThrow(),
                new PcpProgram.Surroundings(
                        new PrintStream(out, false, ISO_8859_1),
                        new PrintStream(err, false, ISO_8859_1),
                        prompt,
                        environment));
        int status = program.run(command.subList(1, command.size()));
        return new Result(status, out.toString(ISO_8859_1), err.toString(ISO_8859_1));
    }
}
