package io.trunkline.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.StatementGroup;
import io.trunkline.sql.LexicalSettings;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class RecentStatementTest {
    private final RecentStatement recent = new RecentStatement();

    private String shapeOf(String sql) {
        ByteBuf in = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
        recent.text(in, 0, in.readableBytes());
        return recent.shape(LexicalSettings.DEFAULT);
    }

    @Test
    void valuesAreNotShown() {
        assertThat(shapeOf("ALTER ROLE bob PASSWORD 'secret'")).isEqualTo("alter role bob password ?");
        assertThat(shapeOf("SELECT 1")).isEqualTo("select ?");
    }

    @Test
    void whatIsCutOffInTheMiddleOfAValueDoesNotShowItsBeginning() {
        String shape = shapeOf("SELECT 1, '" + "secret".repeat(100) + "'");
        assertThat(shape).startsWith("select").endsWith("...").doesNotContain("secret");
    }

    @Test
    void longStatementsEndInDots() {
        assertThat(shapeOf("SELECT " + "a, ".repeat(200) + "b FROM t"))
                .hasSizeLessThan(200)
                .endsWith("...");
    }

    @Test
    void aParseEndsBeforeTheTypesOfItsParameters() {
        assertThat(shapeOf("SELECT $1\0\0\1\0\0\0\u0017")).isEqualTo("select ?");
    }

    @Test
    void aPreparedStatementIsShownByItsOwnText() {
        shapeOf("SELECT 1");
        byte[] parse = "s\0DELETE FROM t WHERE a = 5\0\0\0".getBytes(StandardCharsets.UTF_8);
        recent.executed(new PreparedStatement("s", Plan.WRITE, StatementGroup.DELETE, parse));
        assertThat(recent.shape(LexicalSettings.DEFAULT)).isEqualTo("delete from t where a = ?");
    }
}
