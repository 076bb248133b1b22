package io.trunkline.cli.passwd;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Takes a command line apart as the C library's {@code getopt_long} does, whose ways scripts rely on: options may follow
 * operands, short ones may be joined, long ones may be cut where that leaves one meaning, {@code --} ends them.
 */
final class GetOpt {
    /** The command line is wrong; the message is the one of the C library, without the program's name. */
    static final class Misuse extends Exception {
        private static final long serialVersionUID = 1L;

        Misuse(String message) {
            super(message);
        }
    }

    /** @param argument empty for an option that takes none */
    record Option(char letter, String argument) {
        /** Without the argument, which may be a key. */
        @Override
        public String toString() {
            return "-" + letter;
        }
    }

    private final List<String> arguments;
    private final String letters;
    private final TreeMap<String, Character> names;
    private final List<String> operands = new ArrayList<>();
    private int next;
    private String joined = "";

    /**
     * @param letters of the options, each that takes an argument followed by a colon
     * @param names of the options, with their letters
     */
    GetOpt(List<String> arguments, String letters, Map<String, Character> names) {
        this.arguments = arguments;
        this.letters = letters;
        this.names = new TreeMap<>(names);
    }

    /** The next option; null when there are no more. */
    @Nullable
    Option next() throws Misuse {
        while (joined.isEmpty()) {
            if (next == arguments.size()) {
                return null;
            }
            String argument = arguments.get(next++);
            if (argument.equals("--")) {
                operands.addAll(arguments.subList(next, arguments.size()));
                next = arguments.size();
            } else if (argument.startsWith("--")) {
                return named(argument.substring(2));
            } else if (argument.startsWith("-") && argument.length() > 1) {
                joined = argument.substring(1);
            } else {
                operands.add(argument);
            }
        }
        return lettered();
    }

    private Option lettered() throws Misuse {
        char letter = joined.charAt(0);
        String rest = joined.substring(1);
        if (letter == ':' || letters.indexOf(letter) < 0) {
            throw new Misuse("invalid option -- '" + letter + "'");
        }
        if (!takesArgument(letter)) {
            joined = rest;
            return new Option(letter, "");
        }
        joined = "";
        if (!rest.isEmpty()) {
            return new Option(letter, rest);
        }
        if (next == arguments.size()) {
            throw new Misuse("option requires an argument -- '" + letter + "'");
        }
        return new Option(letter, arguments.get(next++));
    }

    private Option named(String text) throws Misuse {
        int equals = text.indexOf('=');
        String name = complete(equals < 0 ? text : text.substring(0, equals), text);
        char letter = names.getOrDefault(name, '?');
        if (!takesArgument(letter)) {
            if (equals >= 0) {
                throw new Misuse("option '--" + name + "' doesn't allow an argument");
            }
            return new Option(letter, "");
        }
        if (equals >= 0) {
            return new Option(letter, text.substring(equals + 1));
        }
        if (next == arguments.size()) {
            throw new Misuse("option '--" + name + "' requires an argument");
        }
        return new Option(letter, arguments.get(next++));
    }

    private String complete(String start, String text) throws Misuse {
        if (names.containsKey(start)) {
            return start;
        }
        List<String> possible = new ArrayList<>();
        for (String name : names.tailMap(start).keySet()) {
            if (name.startsWith(start)) {
                possible.add(name);
            }
        }
        if (possible.isEmpty()) {
            throw new Misuse("unrecognized option '--" + text + "'");
        }
        if (possible.size() > 1) {
            throw new Misuse(
                    "option '--" + text + "' is ambiguous; possibilities: '--" + String.join("' '--", possible) + "'");
        }
        return possible.get(0);
    }

    private boolean takesArgument(char letter) {
        int at = letters.indexOf(letter);
        return at + 1 < letters.length() && letters.charAt(at + 1) == ':';
    }

    /** What is no option, once {@link #next} has returned null. */
    List<String> operands() {
        return operands;
    }
}
