package io.trunkline.proxy.log;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/** The place holders of strftime(3) in {@code log_filename}. One that is not known stays as it is written. */
final class Strftime {
    private static final Map<Character, DateTimeFormatter> ESCAPES = Map.ofEntries(
            escape('Y', "yyyy"),
            escape('y', "yy"),
            escape('m', "MM"),
            escape('d', "dd"),
            escape('e', "ppd"),
            escape('H', "HH"),
            escape('I', "hh"),
            escape('M', "mm"),
            escape('S', "ss"),
            escape('p', "a"),
            escape('j', "DDD"),
            escape('a', "EEE"),
            escape('A', "EEEE"),
            escape('b', "MMM"),
            escape('h', "MMM"),
            escape('B', "MMMM"),
            escape('F', "yyyy-MM-dd"),
            escape('T', "HH:mm:ss"),
            escape('R', "HH:mm"),
            escape('D', "MM/dd/yy"),
            escape('z', "xx"),
            escape('Z', "zzz"));

    private Strftime() {}

    private static Map.Entry<Character, DateTimeFormatter> escape(char letter, String pattern) {
        return Map.entry(letter, DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH));
    }

    static String format(String pattern, ZonedDateTime time) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c != '%' || i + 1 == pattern.length()) {
                text.append(c);
                continue;
            }
            char letter = pattern.charAt(++i);
            DateTimeFormatter escape = ESCAPES.get(letter);
            switch (letter) {
                case '%' -> text.append('%');
                case 's' -> text.append(time.toEpochSecond());
                case 'u' -> text.append(time.getDayOfWeek().getValue());
                case 'w' -> text.append(time.getDayOfWeek().getValue() % 7);
                default -> text.append(escape == null ? "%" + letter : escape.format(time));
            }
        }
        return text.toString();
    }
}
