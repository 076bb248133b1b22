package io.trunkline.cli.passwd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.trunkline.cli.program.SecretPrompt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/** Runs pg_md5 and pg_enc: ours in this process, and those of an installed Pgpool-II. */
final class Programs {
    private Programs() {}

    /** What a program did. */
    record Result(int status, String out, String err) {}

    /** Ours, with somebody at the terminal who types these lines; without any there is no terminal. */
    static Result ours(List<String> command, String... typed) {
        Queue<String> lines = new ArrayDeque<>(List.of(typed));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream outStream = new PrintStream(out, false, ISO_8859_1);
        SecretPrompt prompt = text -> {
            if (typed.length == 0) {
                throw new SecretPrompt.NoTerminal();
            }
            outStream.print(text + "\n");
            return lines.remove();
        };
        Program.Surroundings surroundings = new Program.Surroundings(
                outStream, new PrintStream(err, false, ISO_8859_1), prompt, () -> Path.of("/nonexistent/pgpool.conf"));
        Program program = command.get(0).equals(PgMd5.NAME) ? new PgMd5(surroundings) : new PgEnc(surroundings);
        int status = program.run(command.subList(1, command.size()));
        return new Result(status, out.toString(ISO_8859_1), err.toString(ISO_8859_1));
    }

    /** Those of Pgpool-II, without a terminal. */
    static Result pgpools(List<String> command) throws IOException, InterruptedException {
        Path err = Files.createTempFile("trunkline-passwd", ".err");
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
            builder.environment().remove("PGPOOLKEYFILE");
            Process process = builder.start();
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), ISO_8859_1);
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " does not end");
            }
            return new Result(process.exitValue(), out, Files.readString(err, ISO_8859_1));
        } finally {
            Files.delete(err);
        }
    }

    /** Where Pgpool-II's program is, or nowhere. */
    static Path find(String name) {
        for (String directory : List.of("/usr/sbin", "/usr/bin", "/usr/local/bin", "/opt/pgpool-II/bin")) {
            Path program = Path.of(directory, name);
            if (Files.isExecutable(program)) {
                return program;
            }
        }
        return Path.of("");
    }
}
