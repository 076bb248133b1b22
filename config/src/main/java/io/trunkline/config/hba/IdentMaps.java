package io.trunkline.config.hba;

import io.trunkline.config.Diagnostic;
import io.trunkline.config.Severity;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The maps of user names, for rules with the option map: which database users somebody may be whom the operating system
 * or a certificate calls by another name. One {@code map system-user database-user} a line, in the syntax of PostgreSQL's
 * pg_ident.conf (manual, section 21.2, as of version 16). Immutable.
 */
public final class IdentMaps {
    /**
     * What came of reading a file.
     *
     * @param maps those of the lines that are in order; only to be used if there are no errors
     * @param diagnostics what is wrong with the file and the ones that it includes, all of it
     */
    public record Reading(IdentMaps maps, List<Diagnostic> diagnostics) {}

    private static final IdentMaps EMPTY = new IdentMaps(Map.of());

    private final Map<String, List<IdentLine>> maps;

    private IdentMaps(Map<String, List<IdentLine>> maps) {
        this.maps = maps;
    }

    /** No maps at all. */
    public static IdentMaps empty() {
        return EMPTY;
    }

    /** Reads a file; that it does not exist is an error. Blocks on files, never on the network. */
    public static Reading read(Path file) {
        Map<String, List<IdentLine>> maps = new LinkedHashMap<>();
        List<Diagnostic> diagnostics = new ArrayList<>();
        for (AuthLine line : AuthFileReader.read(file)) {
            try {
                IdentLine entry = IdentLine.parse(line);
                maps.computeIfAbsent(entry.map(), name -> new ArrayList<>()).add(entry);
            } catch (AuthSyntaxException e) {
                diagnostics.add(Diagnostic.of(Severity.ERROR, line.at(), e.reason()));
            }
        }
        maps.replaceAll((name, lines) -> List.copyOf(lines));
        return new Reading(new IdentMaps(Map.copyOf(maps)), List.copyOf(diagnostics));
    }

    /** The lines of a map in their order; none if there is no such map. */
    public List<IdentLine> lines(String map) {
        return maps.getOrDefault(map, List.of());
    }

    @Override
    public String toString() {
        return maps.size() + " user name maps";
    }
}
