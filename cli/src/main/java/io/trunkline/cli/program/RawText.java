package io.trunkline.cli.program;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Text as the bytes that it came in, a character for each byte: a C program hashes the bytes of a password, whatever
 * the locale takes them for.
 */
public final class RawText {
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    private RawText() {}

    /** The charset in which Java takes arguments and file names from the system, and gives them to it. */
    private static Charset ofSystem() {
        String name = System.getProperty("sun.jnu.encoding");
        return name != null && Charset.isSupported(name) ? Charset.forName(name) : Charset.defaultCharset();
    }

    /** The arguments of this process. In a locale without their characters Java has lost them, but Linux has not. */
    public static List<String> arguments(String[] arguments) {
        for (String argument : arguments) {
            if (!isAscii(argument)) {
                return arguments(arguments, commandLine());
            }
        }
        return List.of(arguments);
    }

    /** @param commandLine of the whole process, each argument ended by a zero byte; empty if unknown */
    static List<String> arguments(String[] arguments, String commandLine) {
        List<String> all = new ArrayList<>();
        for (int start = 0, end; (end = commandLine.indexOf('\0', start)) >= 0; start = end + 1) {
            all.add(commandLine.substring(start, end));
        }
        if (all.size() >= arguments.length) {
            return all.subList(all.size() - arguments.length, all.size());
        }
        return Arrays.stream(arguments).map(RawText::of).toList();
    }

    private static String commandLine() {
        try {
            return new String(Files.readAllBytes(COMMAND_LINE), ISO_8859_1);
        } catch (IOException notLinux) {
            return "";
        }
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > '\u007f') {
                return false;
            }
        }
        return true;
    }

    /** What came from the system through Java. */
    public static String of(String text) {
        return isAscii(text) ? text : new String(text.getBytes(ofSystem()), ISO_8859_1);
    }

    public static String of(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }

    public static byte[] bytes(String raw) {
        return raw.getBytes(ISO_8859_1);
    }

    /** The file of this name. */
    public static Path path(String raw) {
        return Path.of(isAscii(raw) ? raw : new String(bytes(raw), ofSystem()));
    }

    /** A stream that writes such text to where the process has this descriptor. It is to be flushed. */
    public static PrintStream output(FileDescriptor descriptor) {
        return new PrintStream(new BufferedOutputStream(new FileOutputStream(descriptor)), false, ISO_8859_1);
    }
}
