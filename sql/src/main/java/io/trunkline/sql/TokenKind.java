package io.trunkline.sql;

/** What {@link Lexer} tells apart. */
public enum TokenKind {
    /** The end of the text. */
    END,
    WHITESPACE,
    /** {@code -- ...} up to the end of the line. */
    LINE_COMMENT,
    /** {@code /* ... *}{@code /}, nested as PostgreSQL nests them. */
    BLOCK_COMMENT,
    /** An identifier or key word without quotes. */
    WORD,
    QUOTED_IDENTIFIER,
    /** {@code U&"..."}. */
    UNICODE_IDENTIFIER,
    /** {@code '...'} or {@code N'...'} without escapes, with its continuations on following lines. */
    STRING,
    /** {@code E'...'}, or a plain string where standard_conforming_strings is off. */
    ESCAPE_STRING,
    /** {@code U&'...'}. */
    UNICODE_STRING,
    /** {@code B'...'} or {@code X'...'}. */
    BIT_STRING,
    DOLLAR_STRING,
    /** {@code $1}. */
    PARAMETER,
    NUMBER,
    OPERATOR,
    /** {@code ::}. */
    TYPECAST,
    /** {@code ..}. */
    DOT_DOT,
    /** {@code :=}. */
    COLON_EQUALS,
    /** {@code =>}. */
    EQUALS_GREATER,
    LEFT_PAREN,
    RIGHT_PAREN,
    LEFT_BRACKET,
    RIGHT_BRACKET,
    COMMA,
    SEMICOLON,
    COLON,
    DOT,
    /** A byte that starts no token, or a string, comment or identifier without its end. */
    INVALID
}
