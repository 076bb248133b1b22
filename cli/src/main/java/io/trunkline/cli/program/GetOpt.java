package io.trunkline.cli.program;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes a command line apart as the C library's {@code getopt_long} does, whose ways scripts rely on: options may follow
 * operands, short ones may be joined, long ones may be cut where that leaves one meaning, {@code --} ends them.
 */
public final class GetOpt {
    /** The command line is wrong; the message is the one of the C library, without the program's name. */
    public static final class Misuse extends Exception {
        private static final long serialVersionUID = 1L;

        public Misuse(String message) {
            super(message);
        }
    }

    /** A name of an option, which stands for its letter but may differ in whether it takes an argument. */
    public record Name(String name, char letter, boolean takesArgument) {
        public static Name plain(String name, char letter) {
            return new Name(name, letter, false);
        }

        public static Name withArgument(String name, char letter) {
            return new Name(name, letter, true);
        }
    }

    /** @param argument empty for an option that takes none */
    public record Option(char letter, String argument) {
        /** Without the argument, which may be a key. */
        @Override
        public String toString() {
            return "-" + letter;
        }
    }

    private final List<String> arguments;
    private final String letters;
    private final List<Name> names;
    private final List<String> operands = new ArrayList<>();
    private int next;
    private String joined = "";

    /**
     * @param letters of the options, each that takes an argument followed by a colon
     * @param names of the options, in the order in which they are listed where a cut one has several meanings
     */
    public GetOpt(List<String> arguments, String letters, List<Name> names) {
        this.arguments = arguments;
        this.letters = letters;
        this.names = names;
    }

    /** The next option; null when there are no more. */
    public @Nullable Option next() throws Misuse {
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
        Name name = complete(equals < 0 ? text : text.substring(0, equals), text);
        if (!name.takesArgument()) {
            if (equals >= 0) {
                throw new Misuse("option '--" + name.name() + "' doesn't allow an argument");
            }
            return new Option(name.letter(), "");
        }
        if (equals >= 0) {
            return new Option(name.letter(), text.substring(equals + 1));
        }
        if (next == arguments.size()) {
            throw new Misuse("option '--" + name.name() + "' requires an argument");
        }
        return new Option(name.letter(), arguments.get(next++));
    }

    private Name complete(String start, String text) throws Misuse {
        List<Name> possible = new ArrayList<>();
        for (Name name : names) {
            if (name.name().equals(start)) {
                return name;
            }
            if (name.name().startsWith(start)) {
                possible.add(name);
            }
        }
        if (possible.isEmpty()) {
            throw new Misuse("unrecognized option '--" + text + "'");
        }
        if (possible.size() > 1) {
            StringBuilder message = new StringBuilder("option '--" + text + "' is ambiguous; possibilities:");
            for (Name name : possible) {
                message.append(" '--").append(name.name()).append('\'');
            }
            throw new Misuse(message.toString());
        }
        return possible.get(0);
    }

    private boolean takesArgument(char letter) {
        int at = letters.indexOf(letter);
        return at + 1 < letters.length() && letters.charAt(at + 1) == ':';
    }

    /** What is no option, once {@link #next} has returned null. */
    public List<String> operands() {
        return operands;
    }
}
