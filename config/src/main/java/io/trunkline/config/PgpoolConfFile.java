package io.trunkline.config;

import io.trunkline.config.TextFile.UnreadableException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.commons.configuration2.BaseConfiguration;
import org.apache.commons.configuration2.FileBasedConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * pgpool.conf as Commons Configuration sees it: each name is a key, and its values are the {@link Setting}s of all lines
 * that set it, the last of which counts. The syntax is Pgpool-II's and so is the reader; nothing of a value is
 * interpreted here. Not safe for several threads, and only used while a configuration is read.
 */
final class PgpoolConfFile extends BaseConfiguration implements FileBasedConfiguration {
    /** A line that could not be read; {@code found} is the text in place of a value, if it is that. */
    record Problem(
            SourceLocation at,
            @Nullable String name,
            String text,
            @Nullable String found) {}

    static final int MAX_INCLUDE_DEPTH = 10;
    private static final int MAX_FILES = 1_000;

    /** For all files together. */
    private static final int MAX_BYTES = 1 << 20;

    private final Path file;
    private final List<Problem> problems = new ArrayList<>();
    private int files;
    private int bytesLeft = MAX_BYTES;
    private int order;

    PgpoolConfFile(Path file) {
        this.file = file;
    }

    static PgpoolConfFile load(Path file) {
        PgpoolConfFile conf = new PgpoolConfFile(file);
        conf.readFile(file, 0, new SourceLocation(file.toString(), 1), null);
        return conf;
    }

    static PgpoolConfFile parse(Path name, String text) {
        PgpoolConfFile conf = new PgpoolConfFile(name);
        conf.readLines(name, 0, text.lines().iterator());
        return conf;
    }

    /** The file with which reading began. */
    Path file() {
        return file;
    }

    /** The lines that could not be read. */
    List<Problem> problems() {
        return problems;
    }

    /** All lines that set something, in the order in which they count. */
    List<Setting> settings() {
        List<Setting> settings = new ArrayList<>();
        for (Iterator<String> keys = getKeys(); keys.hasNext(); ) {
            Object values = getProperty(keys.next());
            if (values instanceof Iterable) {
                ((Iterable<?>) values).forEach(value -> settings.add((Setting) value));
            } else {
                settings.add((Setting) values);
            }
        }
        settings.sort(Comparator.comparingInt(Setting::order));
        return settings;
    }

    @Override
    public void read(Reader in) {
        readLines(file, 0, new BufferedReader(in).lines().iterator());
    }

    /** Writes what has been read, includes resolved, one setting a line. */
    @Override
    public void write(Writer out) throws IOException {
        for (Setting setting : settings()) {
            out.write(setting.name() + " = '" + setting.value() + "'\n");
        }
        out.flush();
    }

    private void readFile(Path path, int depth, SourceLocation from, @Nullable String name) {
        if (++files > MAX_FILES) {
            problems.add(new Problem(from, name, "more than " + MAX_FILES + " files are included", null));
            return;
        }
        try {
            byte[] bytes = TextFile.bytes(path, bytesLeft);
            bytesLeft -= bytes.length;
            readLines(path, depth, TextFile.decode(bytes).lines().iterator());
        } catch (UnreadableException e) {
            problems.add(new Problem(from, name, e.reason(), null));
        }
    }

    private void readLines(Path path, int depth, Iterator<String> lines) {
        for (int number = 1; lines.hasNext(); number++) {
            ConfLine line = ConfLine.parse(lines.next());
            if (line.isBlankLine()) {
                continue;
            }
            SourceLocation at = new SourceLocation(path.toString(), number);
            String name = line.name();
            String value = line.value();
            String problem = line.problem();
            if (problem != null) {
                problems.add(new Problem(at, name, problem, line.found()));
            } else if (name != null && value != null) {
                if (name.equals("include")) {
                    include(path, depth, at, value);
                } else {
                    addPropertyDirect(name, new Setting(name, value, at, order++));
                }
            }
        }
    }

    private void include(Path from, int depth, SourceLocation at, String value) {
        if (depth >= MAX_INCLUDE_DEPTH) {
            problems.add(new Problem(
                    at, "include", "files are nested more than " + MAX_INCLUDE_DEPTH + " deep (in a circle?)", null));
            return;
        }
        try {
            readFile(from.resolveSibling(value), depth + 1, at, "include");
        } catch (InvalidPathException e) {
            problems.add(new Problem(at, "include", "this is no file name", null));
        }
    }
}
