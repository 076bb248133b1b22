package io.trunkline.config;

import io.trunkline.config.TextFile.UnreadableException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The syntax of pool_hba.conf: connection type, databases, users, an address unless the type is local, method, options;
 * manual, section "The pool_hba.conf File". It only finds what cannot be meant; the rules themselves are not read yet.
 */
final class PoolHbaSyntax {
    private static final Set<String> TYPES = Set.of("local", "host", "hostssl", "hostnossl");
    private static final Set<String> METHODS =
            Set.of("trust", "reject", "md5", "scram-sha-256", "password", "cert", "pam", "ldap");

    private static final Pattern NUMERIC_ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F]*:[0-9a-fA-F:.]*");

    private PoolHbaSyntax() {}

    static List<Diagnostic> check(Path file) {
        List<Diagnostic> diagnostics = new ArrayList<>();
        try {
            String text = TextFile.decode(TextFile.bytes(file, TextFile.MAX_BYTES));
            int number = 0;
            for (String line : (Iterable<String>) text.lines()::iterator) {
                String problem = problem(line);
                SourceLocation at = new SourceLocation(file.toString(), ++number);
                if (!problem.isEmpty()) {
                    diagnostics.add(Diagnostic.of(Severity.ERROR, at, problem));
                }
            }
        } catch (UnreadableException e) {
            diagnostics.add(Diagnostic.of(Severity.ERROR, new SourceLocation(file.toString(), 1), e.reason()));
        }
        return diagnostics;
    }

    /** What is wrong with a line; empty if nothing is. */
    private static String problem(String line) {
        List<String> fields = fields(line);
        if (fields.isEmpty()) {
            return "";
        }
        String type = fields.get(0);
        if (!TYPES.contains(type)) {
            return "\"" + type + "\" is no connection type; allowed is local, host, hostssl or hostnossl";
        }
        boolean local = type.equals("local");
        int method = 3;
        if (!local) {
            boolean mask = fields.size() > 4
                    && !fields.get(3).contains("/")
                    && NUMERIC_ADDRESS.matcher(fields.get(3)).matches();
            method = mask ? 5 : 4;
        }
        if (fields.size() <= method) {
            return "there are too few fields; allowed is " + type + " database user " + (local ? "" : "address ")
                    + "method [options]";
        }
        String address = local ? "" : addressProblem(fields.get(3));
        if (!address.isEmpty()) {
            return address;
        }
        if (!METHODS.contains(fields.get(method))) {
            return "\"" + fields.get(method) + "\" is no authentication method; allowed is one of trust, reject, md5,"
                    + " scram-sha-256, password, cert, pam, ldap";
        }
        return "";
    }

    private static String addressProblem(String address) {
        int slash = address.lastIndexOf('/');
        if (slash < 0) {
            return "";
        }
        int highest = address.indexOf(':') >= 0 ? 128 : 32;
        try {
            int length = Integer.parseInt(address.substring(slash + 1));
            if (length >= 0 && length <= highest) {
                return "";
            }
        } catch (NumberFormatException e) {
            // Said below, as for a length out of bounds.
        }
        return "\"" + address + "\" has no valid prefix length; allowed is 0 to " + highest;
    }

    /** Fields between blanks; a comma, with or without blanks at it, keeps the items of a list in one field. */
    private static List<String> fields(String line) {
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean quoted = false;
        boolean blanks = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '#' && !quoted) {
                break;
            }
            if (Character.isWhitespace(c) && !quoted) {
                blanks = true;
                continue;
            }
            boolean inList = c == ',' || field.length() > 0 && field.charAt(field.length() - 1) == ',';
            if (blanks && !inList && field.length() > 0) {
                fields.add(field.toString());
                field.setLength(0);
            }
            blanks = false;
            quoted ^= c == '"';
            field.append(c);
        }
        if (field.length() > 0) {
            fields.add(field.toString());
        }
        return fields;
    }
}
