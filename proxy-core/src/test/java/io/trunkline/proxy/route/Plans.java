package io.trunkline.proxy.route;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** Plans of statements as an ordinary session has them. */
public final class Plans {
    private static final StatementPlanner.Dialect DIALECT = new StatementPlanner.Dialect() {
        @Override
        public boolean hasStandardStrings() {
            return true;
        }

        @Override
        public boolean hasSafeEncoding() {
            return true;
        }
    };

    private Plans() {}

    public static Plan of(String sql) {
        ByteBuf in = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
        return new StatementPlanner().plan(in, 0, in.readableBytes(), DIALECT, Rules.of());
    }

    /** What the statement counts as. */
    static StatementGroup groupOf(String sql) {
        ByteBuf in = Unpooled.copiedBuffer(sql, StandardCharsets.UTF_8);
        StatementPlanner planner = new StatementPlanner();
        planner.plan(in, 0, in.readableBytes(), DIALECT, Rules.of());
        return planner.group();
    }
}
