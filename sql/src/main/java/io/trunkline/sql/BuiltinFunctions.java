package io.trunkline.sql;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What the name of a function tells of it, for the functions of pg_catalog.
 *
 * <p>An unqualified name is taken for the one in pg_catalog, which is searched first unless a search_path says
 * otherwise; a function of the user's with the same name and other argument types is not told apart. The list is made
 * by {@code scripts/builtin-functions.sh}.
 */
public final class BuiltinFunctions {
    private static final String RESOURCE = "builtin-functions.txt";
    private static final Map<String, Nature> NATURES = load();

    /** What a function may do. */
    public enum Nature {
        /** The same on each node: no overload is volatile. */
        STABLE,
        /** Only reads, but tells of the session, the server or the moment: random(), pg_backend_pid(). */
        LOCAL,
        /** Anything else: it writes, locks, or acts on the server or the session, or nobody knows. */
        ACTING,
        /** Not of pg_catalog, or not listed. */
        UNKNOWN
    }

    private BuiltinFunctions() {}

    /** What is known of a function by its name. */
    public static Nature of(QualifiedName function) {
        return function.nature();
    }

    /** What is known of the function of this name, folded to lower case, in pg_catalog. */
    static Nature of(String name) {
        return NATURES.getOrDefault(name, Nature.UNKNOWN);
    }

    private static Map<String, Nature> load() {
        try (InputStream in = BuiltinFunctions.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("resource " + RESOURCE + " is missing from the jar of module sql");
            }
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
                return lines.lines()
                        .filter(line -> !line.startsWith("#"))
                        .map(line -> line.split(" ", -1))
                        .collect(Collectors.toUnmodifiableMap(fields -> fields[0], BuiltinFunctions::nature));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read resource " + RESOURCE, e);
        }
    }

    private static Nature nature(String[] fields) {
        return fields.length == 1 ? Nature.STABLE : fields[1].equals("local") ? Nature.LOCAL : Nature.ACTING;
    }
}
