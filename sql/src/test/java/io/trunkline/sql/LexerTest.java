package io.trunkline.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LexerTest {
    private static final LexicalSettings OLD_STRINGS = new LexicalSettings(false, true);

    private static List<String> tokens(String sql, LexicalSettings settings) {
        byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        Lexer lexer = new Lexer();
        lexer.reset(text, 0, text.length, settings);
        List<String> out = new ArrayList<>();
        for (TokenKind kind = lexer.next(); kind != TokenKind.END; kind = lexer.next()) {
            if (kind != TokenKind.WHITESPACE) {
                out.add(kind + " "
                        + new String(text, lexer.start(), lexer.end() - lexer.start(), StandardCharsets.UTF_8));
            }
        }
        return out;
    }

    private static List<String> tokens(String sql) {
        return tokens(sql, LexicalSettings.DEFAULT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "'it''s'|STRING",
                "'a\\'|STRING",
                "E'a\\'b'|ESCAPE_STRING",
                "e'\\\\'|ESCAPE_STRING",
                "N'a'|STRING",
                "B'01'|BIT_STRING",
                "x'1F'|BIT_STRING",
                "U&'\\0041'|UNICODE_STRING",
                "u&\"a\"|UNICODE_IDENTIFIER",
                "\"a\"\"b\"|QUOTED_IDENTIFIER",
                "$$a'b$$|DOLLAR_STRING",
                "$x$ $$ $y$ $x$|DOLLAR_STRING",
                "$é1$a$é1$|DOLLAR_STRING",
                "$1|PARAMETER",
                "a$1$b|WORD",
                "ünï_1|WORD",
                "/* a /* b */ c */|BLOCK_COMMENT",
                "-- a|LINE_COMMENT",
                "1_000|NUMBER",
                "0xFF_FF|NUMBER",
                "0b_01|NUMBER",
                "0o17|NUMBER",
                "1.|NUMBER",
                ".5e-3|NUMBER",
                "1.5E+10|NUMBER",
                "::|TYPECAST",
                ":=|COLON_EQUALS",
                "=>|EQUALS_GREATER",
                "..|DOT_DOT",
                "<>|OPERATOR",
                "@-|OPERATOR",
                "?|OPERATOR",
            })
    void readsAsOneToken(String sql, TokenKind kind) {
        assertThat(tokens(sql)).containsExactly(kind + " " + sql);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"'a'\n  'b'", "'a' -- comment\n\t'b'", "'a'\r'b'", "E'a\\n'\n'\\''", "U&'a'\n'b'", "x'1'\n'2'"})
    void stringsGoOnAfterALineEnd(String sql) {
        assertThat(tokens(sql)).singleElement().asString().endsWith("STRING " + sql);
    }

    @Test
    void stringsApartOnOneLineAreTwo() {
        assertThat(tokens("'a' 'b'")).containsExactly("STRING 'a'", "STRING 'b'");
        assertThat(tokens("'a' /* \n */ 'b'")).containsExactly("STRING 'a'", "BLOCK_COMMENT /* \n */", "STRING 'b'");
    }

    @Test
    void backslashEndsNoStandardStringButAnOldOne() {
        assertThat(tokens("'\\' OR 1 --'")).containsExactly("STRING '\\'", "WORD OR", "NUMBER 1", "LINE_COMMENT --'");
        assertThat(tokens("'\\' OR 1 --'", OLD_STRINGS)).containsExactly("ESCAPE_STRING '\\' OR 1 --'");
    }

    @Test
    void bitStringsNeverHaveEscapes() {
        assertThat(tokens("b'\\'", OLD_STRINGS)).containsExactly("BIT_STRING b'\\'");
    }

    @Test
    void unicodeStringsAreRefusedWhereBackslashesAreEscapes() {
        assertThat(tokens("U&'a'", OLD_STRINGS)).containsExactly("INVALID U&'a'");
    }

    @Test
    void operatorsEndBeforeComments() {
        assertThat(tokens("a*/*x*/b")).containsExactly("WORD a", "OPERATOR *", "BLOCK_COMMENT /*x*/", "WORD b");
        assertThat(tokens("a=--x\n1")).containsExactly("WORD a", "OPERATOR =", "LINE_COMMENT --x", "NUMBER 1");
    }

    @Test
    void trailingSignsBelongToTheOperandUnlessTheOperatorIsNotSqls() {
        assertThat(tokens("a=-1")).containsExactly("WORD a", "OPERATOR =", "OPERATOR -", "NUMBER 1");
        assertThat(tokens("a@-1")).containsExactly("WORD a", "OPERATOR @-", "NUMBER 1");
        assertThat(tokens("a<->b")).containsExactly("WORD a", "OPERATOR <->", "WORD b");
    }

    @Test
    void rangesOfIntegersAreNoDecimals() {
        assertThat(tokens("1..10")).containsExactly("NUMBER 1", "DOT_DOT ..", "NUMBER 10");
    }

    @Test
    void lineCommentsEndAtCarriageReturnsToo() {
        assertThat(tokens("-- a\rDELETE")).containsExactly("LINE_COMMENT -- a", "WORD DELETE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"'a", "E'a\\'", "\"a", "\"\"", "/* a /* */", "$a$ $b$", "$a", "U&'x", "\\"})
    void unfinishedOrStrayTextIsInvalid(String sql) {
        assertThat(tokens(sql)).first().asString().startsWith("INVALID");
    }

    @Property
    void tokensTileArbitraryBytes(
            @ForAll @Size(max = 200) byte[] text, @ForAll boolean standardStrings, @ForAll boolean part) {
        assertTiles(text, part ? text.length / 3 : 0, new LexicalSettings(standardStrings, true));
    }

    @Property
    void tokensTileTextMadeOfSqlsOwnPieces(@ForAll @From("pieces") String sql, @ForAll boolean standardStrings) {
        assertTiles(sql.getBytes(StandardCharsets.UTF_8), 0, new LexicalSettings(standardStrings, true));
    }

    @Provide
    Arbitrary<String> pieces() {
        return Arbitraries.of(
                        "'", "''", "\\", "\"", "$", "$$", "$a$", "/*", "*/", "--", "\n", " ", "E'", "U&", "b", "1", ".",
                        "e", "0x", "_", ":", "=", ">", "<", "+", "-", "@", "(", ")", "é", ";", "\0")
                .list()
                .ofMaxSize(30)
                .map(list -> String.join("", list));
    }

    private static void assertTiles(byte[] text, int from, LexicalSettings settings) {
        Lexer lexer = new Lexer();
        lexer.reset(text, from, text.length, settings);
        int expected = from;
        while (lexer.next() != TokenKind.END) {
            assertThat(lexer.start()).isEqualTo(expected);
            assertThat(lexer.end()).isGreaterThan(lexer.start()).isLessThanOrEqualTo(text.length);
            expected = lexer.end();
        }
        assertThat(expected).isEqualTo(text.length);
        assertThat(lexer.next()).isEqualTo(TokenKind.END);
    }
}
