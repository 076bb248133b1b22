package io.trunkline.sql;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Resolves the spelling of names, and keeps those seen lately so that naming the same table again allocates nothing.
 * Bounded: a new name takes the place of the one with the same hash.
 */
final class NameCache {
    /** Longest identifier that PostgreSQL keeps; it cuts the rest off. */
    static final int MAX_IDENTIFIER_BYTES = 63;

    private static final int SLOTS = 512;

    private final @Nullable QualifiedName[] slots = new QualifiedName[SLOTS];

    /**
     * The name at a token, in the schema at another.
     *
     * @param schemaToken index of the schema's token, -1 for none
     */
    QualifiedName resolve(TokenStream tokens, int schemaToken, int nameToken) {
        if (!isPlain(tokens, nameToken) || (schemaToken >= 0 && !isPlain(tokens, schemaToken))) {
            return decode(tokens, schemaToken, nameToken);
        }
        int hash = hash(tokens, nameToken, schemaToken >= 0 ? hash(tokens, schemaToken, 7) : 1);
        int slot = (hash ^ hash >>> 15) & (SLOTS - 1);
        QualifiedName known = slots[slot];
        if (known != null && same(tokens, nameToken, known.name()) && sameSchema(tokens, schemaToken, known)) {
            return known;
        }
        QualifiedName made = decode(tokens, schemaToken, nameToken);
        slots[slot] = made;
        return made;
    }

    private static QualifiedName decode(TokenStream tokens, int schemaToken, int nameToken) {
        String name = identifier(tokens, nameToken);
        return schemaToken < 0 ? QualifiedName.of(name) : QualifiedName.of(identifier(tokens, schemaToken), name);
    }

    private static boolean sameSchema(TokenStream tokens, int schemaToken, QualifiedName known) {
        String schema = known.schemaOrNull();
        return schemaToken < 0 ? schema == null : schema != null && same(tokens, schemaToken, schema);
    }

    private static boolean isPlain(TokenStream tokens, int token) {
        return tokens.kindAt(token) == TokenKind.WORD
                && tokens.endOf(token) - tokens.startOf(token) <= MAX_IDENTIFIER_BYTES;
    }

    private static int hash(TokenStream tokens, int token, int seed) {
        byte[] text = tokens.text();
        int h = seed;
        for (int i = tokens.startOf(token); i < tokens.endOf(token); i++) {
            h = h * 31 + (text[i] | 0x20);
        }
        return h;
    }

    private static boolean same(TokenStream tokens, int token, String name) {
        int from = tokens.startOf(token);
        int length = tokens.endOf(token) - from;
        if (name.length() != length) {
            return false;
        }
        byte[] text = tokens.text();
        for (int i = 0; i < length; i++) {
            byte c = text[from + i];
            if (c < 0 || KeywordTable.lower(c) != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** The identifier at a token, folded or with its quotes and escapes taken away, cut as PostgreSQL cuts it. */
    static String identifier(TokenStream tokens, int token) {
        byte[] text = tokens.text();
        int from = tokens.startOf(token);
        int to = tokens.endOf(token);
        return switch (tokens.kindAt(token)) {
            case QUOTED_IDENTIFIER -> cut(Literals.unquote(text, from + 1, to - 1, (byte) '"'));
            case UNICODE_IDENTIFIER ->
                cut(Literals.unicode(
                                Literals.unquote(text, from + 3, to - 1, (byte) '"'), tokens.unicodeEscapeAfter(token))
                        .getBytes(StandardCharsets.UTF_8));
            default -> {
                byte[] folded = new byte[to - from];
                for (int i = from; i < to; i++) {
                    folded[i - from] = KeywordTable.lower(text[i]);
                }
                yield cut(folded);
            }
        };
    }

    private static String cut(byte[] name) {
        int length = name.length;
        if (length > MAX_IDENTIFIER_BYTES) {
            length = MAX_IDENTIFIER_BYTES;
            while (length > 0 && (name[length] & 0xC0) == 0x80) {
                length--;
            }
        }
        return text(name, 0, length);
    }

    /** Bytes as text: UTF-8 where they are that, else one character a byte. */
    static String text(byte[] bytes, int from, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, from, length))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
        }
    }
}
