package io.trunkline.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

/** Scripts are cut as psql cuts them. */
class ScriptSplitterTest {
    private static List<String> split(String script) {
        ScriptSplitter splitter = new ScriptSplitter(script.getBytes(StandardCharsets.UTF_8));
        List<String> queries = new ArrayList<>();
        for (Optional<byte[]> next = splitter.next(); next.isPresent(); next = splitter.next()) {
            queries.add(new String(next.get(), StandardCharsets.UTF_8));
        }
        return queries;
    }

    @Test
    void aSemicolonEndsAQuery() {
        assertThat(split("SELECT 1; SELECT\n2;SELECT 3")).containsExactly("SELECT 1;", "SELECT\n2;", "SELECT 3");
    }

    @Test
    void semicolonsInQuotesParenthesesAndCommentsDoNot() {
        assertThat(
                        split(
                                "SELECT ';', $a$;$a$, \";\" /*;*/ -- ;\n; CREATE RULE a AS ON DELETE TO b DO (SELECT 1; SELECT 2);"))
                .containsExactly(
                        "SELECT ';', $a$;$a$, \";\" /*;*/ -- ;\n;",
                        "CREATE RULE a AS ON DELETE TO b DO (SELECT 1; SELECT 2);");
    }

    @Test
    void theBodyOfARoutineStaysTogether() {
        String routine = "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC"
                + " SELECT CASE WHEN true THEN 1 END; SELECT 2; END;";
        assertThat(split(routine + "BEGIN; SELECT 1; END;")).containsExactly(routine, "BEGIN;", "SELECT 1;", "END;");
    }

    @Test
    void lineCommentsBeforeAQueryAreDroppedAndBlockCommentsKept() {
        assertThat(split("-- a\n  \n/* b */ SELECT 1; -- c\n")).containsExactly("/* b */ SELECT 1;");
    }

    @Test
    void emptyQueriesAreLeftOut() {
        assertThat(split(";; /* a */ ; -- b\n")).isEmpty();
        assertThat(split("")).isEmpty();
    }

    @Test
    void backslashCommandsAreCarriedOutOrDropped() {
        assertThat(
                        split(
                                "\\set a 1\nSELECT 1\\; SELECT 2;\n\\echo a;b\nSELECT 3 \\g /tmp/x;\nSELECT\n\\r\nSELECT 4 \\gx\n"))
                .containsExactly("SELECT 1; SELECT 2;", "SELECT 3 ", "SELECT 4 ");
    }

    @Test
    void dataOfCopyAreNoQueries() {
        assertThat(split(
                        "COPY t (a) FROM STDIN WITH (DELIMITER ';');\n1;'\nx\n\\.\nSELECT 1;\ncopy t from stdin;\n2\n"))
                .containsExactly("COPY t (a) FROM STDIN WITH (DELIMITER ';');", "SELECT 1;", "copy t from stdin;");
        assertThat(split("COPY t FROM '/a'; SELECT 1;")).containsExactly("COPY t FROM '/a';", "SELECT 1;");
    }

    @Test
    void whatIsOpenTakesTheRest() {
        assertThat(split("SELECT 1; SELECT 'a; SELECT 2;")).containsExactly("SELECT 1;", "SELECT 'a; SELECT 2;");
    }

    @Property(tries = 2000)
    void splittingEnds(
            @ForAll @StringLength(max = 60) @Chars({';', '(', ')', '\\', '\'', 'g', ' ', '\n', '-', '/', '*', '$', 'é'})
                    String script) {
        assertThat(String.join("", split(script)).length()).isLessThanOrEqualTo(script.length());
    }
}
