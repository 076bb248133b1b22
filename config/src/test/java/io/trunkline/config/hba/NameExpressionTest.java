package io.trunkline.config.hba;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NameExpressionTest {
    /** What PostgreSQL answers to {@code SELECT name ~ expression}; an exclamation mark stands for the bar. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    app       | my_app_1   | true
                    ^app      | my_app_1   | false
                    ^app_\\d+$ | app_12     | true
                    ^app_\\d+$ | app_12x    | false
                    ^a.c$     | abc        | true
                    ^a.c$     | ABC        | false
                    (?i)^a.c$ | ABC        | true
                    ^(a!b)+$  | abba       | true
                    ^[[:alpha:]_]+$ | ab_c | true
                    ^[[:alpha:]_]+$ | ab1  | false
                    ^[^a-c]$  | d          | true
                    ^[]a]+$   | a]a        | true
                    ^a{2,3}$  | aaaa       | false
                    \\yapp\\y   | my app     | true
                    \\yapp\\y   | myapp      | false
                    \\Aa\\Z     | a          | true
                    ^a\\.b$    | a.b        | true
                    ^a\\.b$    | axb        | false
                    ^a\\x2e$   | a.         | true
                    ^\\u00e9b$ | éb         | true
                    ^\\x00e9$  | é          | true
                    ^\\U000000e9b$ | éb     | true
                    """)
    void expressionsMeanWhatTheyMeanInPostgresql(String expression, String name, boolean found) throws Exception {
        assertThat(NameExpression.compile(expression.replace('!', '|')).isFoundIn(name))
                .isEqualTo(found);
    }

    @Test
    void theEndOfTheNameIsNotBeforeALineFeedAndADotIsAnyCharacter() throws Exception {
        assertThat(NameExpression.compile("^admin$").isFoundIn("admin\n")).isFalse();
        assertThat(NameExpression.compile("^a.b$").isFoundIn("a\nb")).isTrue();
        assertThat(NameExpression.compile("^b$").isFoundIn("a\nb")).isFalse();
    }

    @Test
    void aBackslashAndBIsABackspace() throws Exception {
        assertThat(NameExpression.compile("a\\bb").isFoundIn("a\bb")).isTrue();
        assertThat(NameExpression.compile("a\\Bb").isFoundIn("a\\b")).isTrue();
    }

    @Test
    void theFirstGroupHasTheLongestMatch() throws Exception {
        assertThat(NameExpression.compile("^(a|ab)(c|bcd)?$").firstGroup("abcd"))
                .contains("a");
        assertThat(NameExpression.compile("(a|ab)").firstGroup("xab")).contains("ab");
        assertThat(NameExpression.compile("^x(a)?").firstGroup("xb")).contains("");
        assertThat(NameExpression.compile("^(a)").firstGroup("b")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[a", "a{3,2}", "*", "(a)\\1", "(?!a)", "\\ma", "***=a", "\\x", "\\xfffffffff"})
    void whatCannotBeUsedIsRefused(String expression) {
        assertThatThrownBy(() -> NameExpression.compile(expression))
                .isInstanceOf(AuthSyntaxException.class)
                .hasMessageContaining("\"" + expression + "\" is no regular expression that can be used: ");
    }

    @Test
    void noNameTakesLong() throws Exception {
        NameExpression expression = NameExpression.compile("^(a+)+$");
        String name = "a".repeat(5_000) + "b";
        assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThat(expression.isFoundIn(name)).isFalse());
    }
}
