package io.trunkline.sql;

import java.util.Set;
import java.util.TreeSet;

/** As much of JSON as the corpus has: strings, and lists of strings. */
final class JsonStrings {
    private JsonStrings() {}

    static String read(String json) {
        StringBuilder out = new StringBuilder(json.length());
        int i = 1;
        while (i < json.length() - 1) {
            char c = json.charAt(i++);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escaped = json.charAt(i++);
            switch (escaped) {
                case 'n' -> out.append('\n');
                case 't' -> out.append('\t');
                case 'r' -> out.append('\r');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'u' -> {
                    out.append((char) Integer.parseInt(json, i, i + 4, 16));
                    i += 4;
                }
                default -> out.append(escaped);
            }
        }
        return out.toString();
    }

    static Set<String> readList(String json) {
        Set<String> out = new TreeSet<>();
        int i = 0;
        while (i < json.length()) {
            if (json.charAt(i) == '"') {
                int end = i + 1;
                while (json.charAt(end) != '"') {
                    end += json.charAt(end) == '\\' ? 2 : 1;
                }
                out.add(read(json.substring(i, end + 1)));
                i = end;
            }
            i++;
        }
        return out;
    }
}
