package io.trunkline.sql;

import java.util.Locale;
import java.util.Set;

/**
 * The two session settings that change where PostgreSQL's lexer sees the end of a string.
 *
 * @param standardConformingStrings value of {@code standard_conforming_strings}: when off, a backslash in a plain
 *     {@code '...'} string is an escape
 * @param safeEncoding whether every byte of a multibyte character of the client encoding has its high bit set; where it
 *     is not so, text with such characters is not analysed at all
 */
public record LexicalSettings(boolean standardConformingStrings, boolean safeEncoding) {

    /** What a session has unless it says otherwise. */
    public static final LexicalSettings DEFAULT = new LexicalSettings(true, true);

    /** PostgreSQL manual, "Character Set Support": the encodings that are not allowed on the server side for this. */
    private static final Set<String> UNSAFE = Set.of(
            "BIG5",
            "WIN950",
            "GB18030",
            "GBK",
            "WIN936",
            "JOHAB",
            "SJIS",
            "SHIFTJIS",
            "MSKANJI",
            "WIN932",
            "WINDOWS932",
            "SHIFTJIS2004",
            "UHC",
            "WIN949",
            "WINDOWS936",
            "WINDOWS949",
            "WINDOWS950");

    /**
     * Whether text in a client encoding can be read byte by byte.
     *
     * @param clientEncoding value of {@code client_encoding}, in any spelling that PostgreSQL accepts
     */
    public static boolean isSafeEncoding(String clientEncoding) {
        if (clientEncoding.equals("UTF8")) {
            return true;
        }
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < clientEncoding.length(); i++) {
            char c = clientEncoding.charAt(i);
            if (Character.isLetterOrDigit(c)) {
                name.append(c);
            }
        }
        return !UNSAFE.contains(name.toString().toUpperCase(Locale.ROOT));
    }
}
