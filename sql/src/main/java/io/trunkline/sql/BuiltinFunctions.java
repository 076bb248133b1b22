package io.trunkline.sql;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The functions of pg_catalog that may run on a standby without more knowledge: no overload of the name is volatile, and
 * none tells of the session or the server that it runs on.
 *
 * <p>An unqualified name is taken for the one in pg_catalog, which is searched first unless a search_path says
 * otherwise; a function of the user's with the same name and other argument types is not told apart. The list is made
 * by {@code scripts/builtin-functions.sh}.
 */
public final class BuiltinFunctions {
    private static final String RESOURCE = "builtin-functions.txt";
    private static final Set<String> NAMES = load();

    private BuiltinFunctions() {}

    /** Whether a name, without a schema or in pg_catalog, is that of such a function. */
    public static boolean isKnownStable(QualifiedName function) {
        Optional<String> schema = function.schema();
        return (schema.isEmpty() || schema.get().equals("pg_catalog")) && isKnownStable(function.name());
    }

    /** Whether pg_catalog has such a function of this name, folded to lower case. */
    public static boolean isKnownStable(String name) {
        return NAMES.contains(name);
    }

    private static Set<String> load() {
        try (InputStream in = BuiltinFunctions.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("resource " + RESOURCE + " is missing from the jar of module sql");
            }
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
                return lines.lines().filter(line -> !line.startsWith("#")).collect(Collectors.toUnmodifiableSet());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read resource " + RESOURCE, e);
        }
    }
}
