package io.trunkline.config;

import io.trunkline.config.TextFile.UnreadableException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The administrators of pcp.conf, one {@code user:md5} a line, where md5 is the hash of the password in 32 hexadecimal
 * digits; manual, section "Configuring pcp.conf". Immutable. Nothing here prints a hash.
 */
public final class PcpConf {
    /**
     * What came of reading a file. Lines that are in order can be used even if there are errors beside them.
     *
     * @param users the administrators
     * @param diagnostics what is wrong with the file
     */
    public record Reading(PcpConf users, List<Diagnostic> diagnostics) {}

    private static final Pattern HASH = Pattern.compile("[0-9a-fA-F]{32}");

    private final Map<String, List<String>> hashes;

    private PcpConf(Map<String, List<String>> hashes) {
        this.hashes = Map.copyOf(hashes);
    }

    public static Reading read(Path file) {
        List<Diagnostic> diagnostics = new ArrayList<>();
        Map<String, List<String>> hashes = new HashMap<>();
        try {
            String text = TextFile.decode(TextFile.bytes(file, TextFile.MAX_BYTES));
            int number = 0;
            for (String line : (Iterable<String>) text.lines()::iterator) {
                number++;
                String entry = line.strip();
                if (!entry.isEmpty() && !entry.startsWith("#")) {
                    add(entry, new SourceLocation(file.toString(), number), hashes, diagnostics);
                }
            }
        } catch (UnreadableException e) {
            diagnostics.add(Diagnostic.of(Severity.ERROR, new SourceLocation(file.toString(), 1), e.reason()));
        }
        return new Reading(new PcpConf(hashes), List.copyOf(diagnostics));
    }

    private static void add(
            String entry, SourceLocation at, Map<String, List<String>> hashes, List<Diagnostic> diagnostics) {
        int colon = entry.indexOf(':');
        String hash = colon < 0 ? "" : entry.substring(colon + 1).strip();
        if (colon <= 0 || hash.isEmpty()) {
            diagnostics.add(Diagnostic.of(
                    Severity.ERROR,
                    at,
                    "user or password is missing; allowed is user:md5, md5 being 32 hexadecimal digits"));
            return;
        }
        String user = entry.substring(0, colon).strip();
        if (!HASH.matcher(hash).matches()) {
            diagnostics.add(Diagnostic.of(
                    Severity.ERROR,
                    at,
                    "the password of user \"" + user + "\" is no md5 hash; allowed is 32 hexadecimal digits"));
            return;
        }
        List<String> ofUser = hashes.computeIfAbsent(user, name -> new ArrayList<>());
        ofUser.add(hash.toLowerCase(Locale.ROOT));
        if (ofUser.size() > 1) {
            diagnostics.add(Diagnostic.of(
                    Severity.WARNING,
                    at,
                    "user \"" + user + "\" has an entry already; the passwords of both are taken"));
        }
    }

    /** The md5 hashes, in lower case, of the passwords that a user may log in with; empty if there is no such user. */
    public List<String> hashes(String user) {
        return List.copyOf(hashes.getOrDefault(user, List.of()));
    }

    public int size() {
        return hashes.size();
    }

    /** Without any hash. */
    @Override
    public String toString() {
        return "pcp.conf with " + hashes.size() + " users";
    }
}
