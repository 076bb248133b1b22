package io.trunkline.sql;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads query strings and tells what a router must know of them. One for each thread: it keeps its buffers from text to
 * text, and a bounded number of names, but no literals.
 *
 * <p>Does not validate. It only promises that text which it calls read-only is so in every version of PostgreSQL up to
 * 18; what it does not understand is not read-only. The time taken grows linearly with the text, so callers bound that.
 */
public final class StatementAnalyzer {
    private final TokenStream tokens = new TokenStream();
    private final StatementParser parser = new StatementParser(tokens, new NameCache());
    private final Splitter splitter = new Splitter(tokens);

    /**
     * Analyses one query string, of a Query or Parse message, without its terminating zero.
     *
     * @param text holds the string at {@code [from, to)} in the client's encoding
     */
    public Analysis analyze(byte[] text, int from, int to, LexicalSettings settings) {
        try {
            boolean wellFormed = tokens.load(text, from, to, settings);
            List<Statement> statements = wellFormed ? statements(from) : List.of(unknown(to - from));
            Analysis.CommentFacts comments = tokens.comments().facts();
            return statements.size() == 1 && comments.equals(Analysis.CommentFacts.NONE)
                    ? statements.get(0).uncommented()
                    : new Analysis(statements, comments);
        } finally {
            tokens.release();
        }
    }

    /** Analyses a string under {@link LexicalSettings#DEFAULT}; offsets in the result count UTF-8 bytes. */
    public Analysis analyze(String sql) {
        byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        return analyze(text, 0, text.length, LexicalSettings.DEFAULT);
    }

    private static Statement unknown(int length) {
        return new Statement(StatementType.UNKNOWN, 0, 0, length, List.of(), List.of(), null, null);
    }

    private List<Statement> statements(int from) {
        splitter.reset();
        if (!splitter.next()) {
            return List.of();
        }
        Statement first = parser.parse(splitter.from(), splitter.to(), from);
        if (!splitter.next()) {
            return first.uncommented().statements();
        }
        List<Statement> all = new ArrayList<>();
        all.add(first);
        do {
            all.add(parser.parse(splitter.from(), splitter.to(), from));
        } while (splitter.next());
        return List.copyOf(all);
    }
}
