package io.trunkline.localcluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The programs of one PostgreSQL server on this machine: at least {@code postgres}, {@code initdb} and {@code pg_ctl}.
 *
 * @param bin the directory of the programs
 * @param version as {@code postgres --version} has it, such as {@code 16.14}
 * @param major the major version, at least 12: older servers configure standbys otherwise
 */
public record PostgresInstallation(Path bin, String version, int major) {

    /** The oldest major version that is used. */
    public static final int OLDEST = 12;

    private static final List<String> NEEDED = List.of("postgres", "initdb", "pg_ctl");
    private static final Pattern VERSION = Pattern.compile("PostgreSQL\\) ((\\d+)\\S*)");
    private static final Duration LIMIT = Duration.ofSeconds(20);

    /**
     * The installation in a directory of programs.
     *
     * @throws LocalClusterException if a program is missing, does not run, or is too old
     */
    public static PostgresInstallation in(Path bin) {
        for (String program : NEEDED) {
            if (!Files.isExecutable(bin.resolve(program))) {
                throw new LocalClusterException("no PostgreSQL server in " + bin + ": " + program + " is not there");
            }
        }
        String printed = Command.run(LIMIT, List.of(bin.resolve("postgres").toString(), "--version"));
        Matcher matcher = VERSION.matcher(printed);
        if (!matcher.find()) {
            throw new LocalClusterException("the version of PostgreSQL in " + bin + " is not known: " + printed);
        }
        int major = Integer.parseInt(matcher.group(2));
        if (major < OLDEST) {
            throw new LocalClusterException(
                    "PostgreSQL in " + bin + " is " + matcher.group(1) + "; " + OLDEST + " or later is needed");
        }
        return new PostgresInstallation(bin.toAbsolutePath().normalize(), matcher.group(1), major);
    }

    /** Whether it has a program that not every installation has, such as {@code pg_basebackup}. */
    public boolean has(String program) {
        return Files.isExecutable(program(program));
    }

    /** The file of a program. */
    public Path program(String name) {
        return bin.resolve(name);
    }
}
