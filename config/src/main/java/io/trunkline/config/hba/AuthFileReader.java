package io.trunkline.config.hba;

import io.trunkline.config.SourceLocation;
import io.trunkline.config.TextFile;
import io.trunkline.config.TextFile.UnreadableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Takes the lines of pool_hba.conf or of a user name map apart, with all files that they include. The syntax is that of
 * PostgreSQL 16 and later (manual, section 21.1): fields between blanks, items of a field between commas, double quotes,
 * comments, lines joined by a backslash, {@code @file} in the place of an item, and lines with {@code include}, {@code
 * include_if_exists} and {@code include_dir}. Names of files are relative to the file that names them.
 */
final class AuthFileReader {
    /** How deep files may be nested, as in PostgreSQL. */
    static final int MAX_DEPTH = 10;

    private static final int MAX_FILES = 1_000;

    private int filesLeft = MAX_FILES;
    private int bytesLeft = TextFile.MAX_BYTES;

    private AuthFileReader() {}

    /** Reads a file; one that cannot be read is a single line with that problem. */
    static List<AuthLine> read(Path file) {
        List<AuthLine> lines = new ArrayList<>();
        try {
            new AuthFileReader().file(file, 0, lines);
        } catch (AuthSyntaxException e) {
            lines.add(new AuthLine(new SourceLocation(file.toString(), 1), List.of(), e.reason()));
        }
        return lines;
    }

    private void file(Path file, int depth, List<AuthLine> lines) throws AuthSyntaxException {
        if (depth > MAX_DEPTH) {
            throw new AuthSyntaxException("files are nested more than " + MAX_DEPTH + " deep (in a circle?)");
        }
        if (--filesLeft < 0) {
            throw new AuthSyntaxException("more than " + MAX_FILES + " files are included");
        }
        String text;
        try {
            byte[] bytes = TextFile.bytes(file, bytesLeft);
            bytesLeft -= bytes.length;
            text = TextFile.decode(bytes);
        } catch (UnreadableException e) {
            throw new AuthSyntaxException(e.reason());
        }
        int number = 1;
        int from = 0;
        while (from < text.length()) {
            StringBuilder line = new StringBuilder();
            int first = number;
            boolean joined;
            do {
                int end = text.indexOf('\n', from);
                int begin = line.length();
                line.append(text, from, end < 0 ? text.length() : end);
                from = end < 0 ? text.length() : end + 1;
                number++;
                int length = line.length();
                while (length > begin && line.charAt(length - 1) == '\r') {
                    length--;
                }
                joined = length > begin && line.charAt(length - 1) == '\\';
                line.setLength(joined ? length - 1 : length);
            } while (joined && from < text.length());
            line(line.toString(), file, new SourceLocation(file.toString(), first), depth, lines);
        }
    }

    private void line(String text, Path file, SourceLocation at, int depth, List<AuthLine> lines) {
        try {
            List<List<AuthToken>> fields = fields(text, file, depth);
            if (!fields.isEmpty() && !include(fields, file, depth, lines)) {
                lines.add(new AuthLine(at, fields, ""));
            }
        } catch (AuthSyntaxException e) {
            lines.add(new AuthLine(at, List.of(), e.reason()));
        }
    }

    private List<List<AuthToken>> fields(String text, Path file, int depth) throws AuthSyntaxException {
        List<List<AuthToken>> fields = new ArrayList<>();
        AuthTokenizer tokenizer = new AuthTokenizer(text);
        List<AuthToken> field = new ArrayList<>();
        while (tokenizer.next()) {
            AuthToken token = tokenizer.token();
            if (!token.quoted() && token.text().length() > 1 && token.text().charAt(0) == '@') {
                field.addAll(items(token.text().substring(1), file, depth));
            } else {
                field.add(token);
            }
            if (!tokenizer.isFollowedByComma()) {
                fields.add(List.copyOf(field));
                field.clear();
            }
        }
        if (!field.isEmpty()) {
            fields.add(List.copyOf(field));
        }
        return fields;
    }

    /** All items of a file, whatever its lines and fields. */
    private List<AuthToken> items(String name, Path from, int depth) throws AuthSyntaxException {
        List<AuthLine> lines = new ArrayList<>();
        file(relative(name, from), depth + 1, lines);
        List<AuthToken> items = new ArrayList<>();
        for (AuthLine line : lines) {
            if (!line.problem().isEmpty()) {
                throw new AuthSyntaxException(line.problem() + " (" + line.at() + ")");
            }
            line.fields().forEach(items::addAll);
        }
        if (items.isEmpty()) {
            // PostgreSQL takes the whole field away, and the next one in its place.
            throw new AuthSyntaxException("file " + relative(name, from) + " names nothing");
        }
        return items;
    }

    /** Reads what the line includes, if it does. */
    private boolean include(List<List<AuthToken>> fields, Path from, int depth, List<AuthLine> lines)
            throws AuthSyntaxException {
        if (fields.size() != 2) {
            return false;
        }
        String name = fields.get(1).get(0).text();
        switch (fields.get(0).get(0).text()) {
            case "include" -> file(relative(name, from), depth + 1, lines);
            case "include_if_exists" -> {
                Path file = relative(name, from);
                if (Files.exists(file)) {
                    file(file, depth + 1, lines);
                }
            }
            case "include_dir" -> {
                for (Path file : filesOf(relative(name, from))) {
                    file(file, depth + 1, lines);
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** The files whose names end in .conf and begin with no dot, in the order of their bytes. */
    private static List<Path> filesOf(Path directory) throws AuthSyntaxException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                if (name.endsWith(".conf") && !name.startsWith(".") && !Files.isDirectory(entry)) {
                    files.add(entry);
                }
                if (files.size() > MAX_FILES) {
                    throw new AuthSyntaxException("more than " + MAX_FILES + " files are included");
                }
            }
        } catch (IOException e) {
            throw new AuthSyntaxException("directory " + directory + " cannot be read");
        }
        files.sort(Comparator.comparing(
                file -> file.getFileName().toString().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
        return files;
    }

    private static Path relative(String name, Path from) throws AuthSyntaxException {
        try {
            return from.resolveSibling(name);
        } catch (InvalidPathException e) {
            throw new AuthSyntaxException("\"" + name + "\" is no file name");
        }
    }
}
