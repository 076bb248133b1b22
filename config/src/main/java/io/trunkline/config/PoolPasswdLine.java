package io.trunkline.config;

/** How names and passwords are written in a line {@code user:password} of pool_passwd. */
public final class PoolPasswdLine {
    private static final char ESCAPE = '\\';
    private static final char SEPARATOR = ':';
    private static final char COMMENT = '#';

    private PoolPasswdLine() {}

    /**
     * Where the user ends: the first colon without a backslash before it.
     *
     * @return -1 if there is none
     */
    public static int colon(String line) {
        for (int i = 0; i < line.length(); i++) {
            if (line.charAt(i) == ESCAPE) {
                i++;
            } else if (line.charAt(i) == SEPARATOR) {
                return i;
            }
        }
        return -1;
    }

    /** What a part of a line means: a backslash goes, and what follows it stays. */
    public static String unescape(String part) {
        if (part.indexOf(ESCAPE) < 0) {
            return part;
        }
        StringBuilder text = new StringBuilder(part.length());
        for (int i = 0; i < part.length(); i++) {
            if (part.charAt(i) == ESCAPE && i + 1 < part.length()) {
                i++;
            }
            text.append(part.charAt(i));
        }
        return text.toString();
    }

    /** A user's name as a line has it: so that {@link #unescape} gives it back, and it begins no comment. */
    public static String escape(String user) {
        StringBuilder text = new StringBuilder(user.length());
        for (int i = 0; i < user.length(); i++) {
            char c = user.charAt(i);
            if (c == ESCAPE || c == SEPARATOR || c == COMMENT && i == 0) {
                text.append(ESCAPE);
            }
            text.append(c);
        }
        return text.toString();
    }
}
