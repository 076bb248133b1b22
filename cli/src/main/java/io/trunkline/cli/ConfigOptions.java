package io.trunkline.cli;

import io.trunkline.config.ConfigCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that name the configuration files, with Pgpool-II's letters. */
public final class ConfigOptions {
    @Option(
            names = "-f",
            paramLabel = "FILE",
            description = "The pgpool.conf. By default etc/pgpool.conf beside the program is used, or else"
                    + " /etc/pgpool2/pgpool.conf or /etc/pgpool-II/pgpool.conf.")
    private @Nullable Path pgpoolConf;

    @Option(
            names = "-a",
            paramLabel = "FILE",
            description = "The pool_hba.conf; by default the one beside pgpool.conf, if there is one.")
    private @Nullable Path poolHba;

    @Option(
            names = "-F",
            paramLabel = "FILE",
            description = "The pcp.conf; by default the one beside pgpool.conf, if there is one.")
    private @Nullable Path pcpConf;

    @Option(
            names = "-k",
            paramLabel = "FILE",
            description =
                    "The file with the key of AES-encrypted passwords; by default $$PGPOOLKEYFILE or ~/.pgpoolkey.")
    private @Nullable Path keyFile;

    /** The files that these options name or that are found. */
    ConfigCheck files() {
        ConfigCheck files = new ConfigCheck(pgpoolConf());
        if (poolHba != null) {
            files.poolHba(poolHba);
        }
        if (pcpConf != null) {
            files.pcpConf(pcpConf);
        }
        if (keyFile != null) {
            files.keyFile(keyFile);
        }
        return files;
    }

    /** These files as arguments of another {@code trunkline} command, which may run in another directory. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        add(arguments, "-f", pgpoolConf());
        add(arguments, "-a", poolHba);
        add(arguments, "-F", pcpConf);
        add(arguments, "-k", keyFile);
        return arguments;
    }

    private static void add(List<String> arguments, String option, @Nullable Path file) {
        if (file != null) {
            arguments.add(option);
            arguments.add(file.toAbsolutePath().toString());
        }
    }

    private Path pgpoolConf() {
        return pgpoolConf != null ? pgpoolConf : findPgpoolConf();
    }

    /**
     * The same file, for what goes by the lines of it that are in order: nothing is known of a server whose file is not there.
     *
     * @throws CommandFailure if it cannot be read
     */
    public static Path requireReadable(Path pgpoolConf) {
        if (!Files.exists(pgpoolConf)) {
            throw new CommandFailure("file " + pgpoolConf + " does not exist");
        }
        if (Files.isDirectory(pgpoolConf) || !Files.isReadable(pgpoolConf)) {
            throw new CommandFailure("file " + pgpoolConf + " cannot be read");
        }
        return pgpoolConf;
    }

    /** The pgpool.conf that is used where none is named. */
    public static Path findPgpoolConf() {
        List<Path> places = new ArrayList<>();
        String home = System.getProperty("trunkline.home");
        if (home != null) {
            places.add(Path.of(home, "etc", "pgpool.conf"));
        }
        places.add(Path.of("/etc/pgpool2/pgpool.conf"));
        places.add(Path.of("/etc/pgpool-II/pgpool.conf"));
        return places.stream()
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new CommandFailure("no pgpool.conf is found: -f FILE names one, and otherwise it is"
                        + places.stream().map(Path::toString).collect(Collectors.joining(" or ", " ", ""))));
    }
}
