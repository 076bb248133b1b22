package io.trunkline.proxy.route;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** Plans of statements as an ordinary session has them. */
public final class Plans {
    private static final StatementPlanner PLANNER = new StatementPlanner();
    private static final RoutingRules USUAL = Rules.of();

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

    /** With the settings that are usual. */
    public static Plan plan(String sql) {
        return plan(sql, USUAL);
    }

    static Plan plan(String sql, RoutingRules rules) {
        ByteBuf in = Unpooled.wrappedBuffer(sql.getBytes(StandardCharsets.UTF_8));
        return PLANNER.plan(in, 0, in.readableBytes(), DIALECT, rules);
    }

    /** What the statement counts as. */
    static StatementGroup groupOf(String sql) {
        plan(sql);
        return PLANNER.group();
    }
}
