package io.trunkline.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatementShapeTest {
    private static String shape(String sql) {
        return StatementShape.of(sql.getBytes(StandardCharsets.UTF_8), LexicalSettings.DEFAULT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '>',
            quoteCharacter = '`',
            value = {
                "SELECT  f('x', 1)  -- note > select f(?)",
                "select f(E'a\\'b',$1,0x1f) /* why */ > select f(?)",
                "SELECT a,b FROM \"T\" WHERE a = -1.5e3 > select a,b from \"T\" where a = -?",
                "SELECT $$it's$$ || U&'x' > select ? || ?",
                "SELECT g(a, 1, b, 2) > select g(a, ?, b, ?)",
                "SELECT 1; > select ?;",
                "SELECT 'never ended > select...",
                "`` > ``"
            })
    void literalsBecomeQuestionMarks(String sql, String expected) {
        assertThat(shape(sql)).isEqualTo(expected);
    }

    @Test
    void aListOfLiteralsIsAsLongAsAnother() {
        assertThat(shape("SELECT 1 IN (1,2,3)")).isEqualTo(shape("SELECT 2 IN ('a', $1)"));
    }

    @Test
    void itIsCutWhereItIsLong() {
        assertThat(shape("SELECT " + "a+".repeat(400)))
                .hasSize(StatementShape.MAX_LENGTH + 3)
                .endsWith("+a...");
    }
}
