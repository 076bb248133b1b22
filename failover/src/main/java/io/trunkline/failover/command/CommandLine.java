package io.trunkline.failover.command;

import io.trunkline.failover.CommandCall;
import io.trunkline.failover.command.ShellText.Quoting;
import java.util.Optional;

/**
 * The text that the shell gets for a command of the configuration: its place holders replaced.
 *
 * <p>The place holders are those of Pgpool-II (manual, failover_command): {@code %d %h %p %D} the node, {@code %m %H %r
 * %R} the new main node, {@code %M} the old one, {@code %P %N %S} the old primary, {@code %%} a percent sign. An unknown
 * one is dropped; a percent sign at the very end stays.
 *
 * <p>A value stays what it is, whatever characters are in it: to the shell that runs the command it is text, and never
 * ends a word or a quoted string, nor vanishes.
 *
 * <ul>
 *   <li>Letters, digits and {@code . _ - / : @ % + = ,} go in as they are, so commands look as they do with Pgpool-II.
 *   <li>Outside of quotes, any other value gets quotes: {@code %D} becomes {@code '/srv/my data'}. An empty one becomes
 *       {@code ""}, as a missing host does with Pgpool-II, and so stays an argument.
 *   <li>Inside quotes that the command writes itself, {@code "%D"} or {@code '%D'}, a value gets no further ones: what
 *       would end them or mean something in them is escaped, and an empty value adds nothing.
 *   <li>Where the quoting can't be told with certainty (in backquotes, here-documents, comments, {@code ${name:-%h}}),
 *       only values of the first kind and empty ones are put; with another one the command is not run.
 * </ul>
 *
 * A command that hands its text to a second shell, as {@code ssh host 'pg_ctl -D %D'} does, has to quote for that one.
 */
public final class CommandLine {
    private static final String PLAIN_MARKS = "._-/:@%+=,";

    private CommandLine() {}

    /**
     * Puts the values in.
     *
     * @throws UnsafeCommandException if one can't be put at its place
     */
    public static String expand(String template, CommandCall.Values values) throws UnsafeCommandException {
        StringBuilder line = new StringBuilder(template.length() + 64);
        ShellText shell = new ShellText(template);
        for (int i = 0; i < template.length(); i++) {
            char c = template.charAt(i);
            if (c == '%' && i + 1 < template.length()) {
                int letter = template.codePointAt(++i);
                i += Character.charCount(letter) - 1;
                if (letter == '%') {
                    shell.read(i);
                    line.append('%');
                } else {
                    Optional<String> value = value(letter, values);
                    if (value.isPresent()) {
                        put(line, shell, letter, value.get());
                    }
                }
            } else {
                shell.read(i);
                line.append(c);
            }
        }
        return line.toString();
    }

    private static Optional<String> value(int letter, CommandCall.Values values) {
        return switch (letter) {
            case 'd' -> Optional.of(Integer.toString(values.node().id()));
            case 'h' -> Optional.of(values.node().host());
            case 'p' -> Optional.of(port(values.node()));
            case 'D' -> Optional.of(values.node().dataDirectory());
            case 'm' -> Optional.of(Integer.toString(values.newMain().id()));
            case 'H' -> Optional.of(values.newMain().host());
            case 'r' -> Optional.of(port(values.newMain()));
            case 'R' -> Optional.of(values.newMain().dataDirectory());
            case 'M' -> Optional.of(Integer.toString(values.oldMain()));
            case 'P' -> Optional.of(Integer.toString(values.oldPrimary().id()));
            case 'N' -> Optional.of(values.oldPrimary().host());
            case 'S' -> Optional.of(port(values.oldPrimary()));
            default -> Optional.empty();
        };
    }

    private static String port(CommandCall.Node node) {
        return node.id() < 0 ? "" : Integer.toString(node.port());
    }

    private static void put(StringBuilder line, ShellText shell, int letter, String value)
            throws UnsafeCommandException {
        Quoting quoting = shell.quoting();
        boolean plain = isPlain(value);
        if (value.indexOf('\0') >= 0 || quoting == Quoting.UNKNOWN && !plain && !value.isEmpty()) {
            throw new UnsafeCommandException("the value of %" + Character.toString(letter) + ", " + shown(value)
                    + ", has characters that mean something to a shell, and its place in the command is not one where"
                    + " they can be quoted");
        }
        if (shell.isAfterBackslash() && !plain) {
            undoBackslash(line, quoting);
        }
        if (plain) {
            line.append(value);
        } else {
            line.append(quoted(value, quoting));
        }
        shell.passValue();
    }

    /** A backslash would take the first quote from the value. Neither way does it change what the shell makes of it. */
    private static void undoBackslash(StringBuilder line, Quoting quoting) {
        if (quoting == Quoting.DOUBLE) {
            line.append('\\');
        } else {
            line.setLength(line.length() - 1);
        }
    }

    private static String quoted(String value, Quoting quoting) {
        return switch (quoting) {
            case NONE -> value.isEmpty() ? "\"\"" : "'" + value.replace("'", "'\\''") + "'";
            case SINGLE -> value.replace("'", "'\\''");
            case DOUBLE -> value.replaceAll("[\\\\\"$`]", "\\\\$0");
            case UNKNOWN -> "\"\"";
        };
    }

    private static boolean isPlain(String value) {
        return !value.isEmpty()
                && value.chars().allMatch(c -> Character.isLetterOrDigit(c) || PLAIN_MARKS.indexOf(c) >= 0);
    }

    private static String shown(String value) {
        return '"' + value.replaceAll("\\p{Cntrl}", "?") + '"';
    }
}
