package io.trunkline.config.hba;

import io.trunkline.config.Diagnostic;
import io.trunkline.config.Severity;
import io.trunkline.config.SourceLocation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The rules of pool_hba.conf, in their order: the first that is for a connection decides, and if none is, nobody gets in.
 * PostgreSQL's manual, section 21.1; Pgpool-II's manual, section "The pool_hba.conf File". Immutable.
 *
 * <p>The syntax is that of PostgreSQL 16 and later, which is also Pgpool-II's but for what that does not have. Stricter
 * than PostgreSQL are: IPv4 addresses have all their four numbers, options that are switches are 0 or 1, and a file
 * behind an at sign names something.
 */
public final class PoolHba {
    /**
     * What came of reading a file.
     *
     * @param rules those of the lines that are in order; only to be used if there are no errors
     * @param diagnostics what is wrong with the file and the ones that it includes, all of it
     */
    public record Reading(PoolHba rules, List<Diagnostic> diagnostics) {
        public boolean hasErrors() {
            return diagnostics.stream().anyMatch(d -> d.severity() == Severity.ERROR);
        }
    }

    private static final PoolHba EMPTY = new PoolHba(List.of());

    private final List<HbaRule> rules;

    private PoolHba(List<HbaRule> rules) {
        this.rules = List.copyOf(rules);
    }

    /** No rules at all. */
    public static PoolHba empty() {
        return EMPTY;
    }

    /** Reads a file; that it does not exist, or has no rule, is an error. Blocks on files, never on the network. */
    public static Reading read(Path file) {
        List<HbaRule> rules = new ArrayList<>();
        List<Diagnostic> diagnostics = new ArrayList<>();
        for (AuthLine line : AuthFileReader.read(file)) {
            try {
                HbaRule rule = HbaRuleParser.parse(line);
                rules.add(rule);
                if (rule.type() == ConnectionType.HOSTGSSENC) {
                    diagnostics.add(Diagnostic.of(
                            Severity.WARNING,
                            rule.at(),
                            "no connection is encrypted by GSSAPI, the rule is never used"));
                }
            } catch (AuthSyntaxException e) {
                diagnostics.add(Diagnostic.of(Severity.ERROR, line.at(), e.reason()));
            }
        }
        if (rules.isEmpty() && diagnostics.isEmpty()) {
            diagnostics.add(Diagnostic.of(
                    Severity.ERROR,
                    new SourceLocation(file.toString(), 1),
                    "there is no rule, so nobody could connect"));
        }
        return new Reading(new PoolHba(rules), List.copyOf(diagnostics));
    }

    /** The rules in the order in which they are tried. */
    public List<HbaRule> rules() {
        return rules;
    }

    @Override
    public String toString() {
        return "pool_hba.conf with " + rules.size() + " rules";
    }
}
