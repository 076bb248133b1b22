package io.trunkline.proxy.route;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** Plans texts as a session with the usual settings has them planned. */
final class Planned {
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

    private Planned() {}

    static Plan plan(String sql) {
        return plan(sql, USUAL);
    }

    static Plan plan(String sql, RoutingRules rules) {
        ByteBuf in = Unpooled.wrappedBuffer(sql.getBytes(StandardCharsets.UTF_8));
        return PLANNER.plan(in, 0, in.readableBytes(), DIALECT, rules);
    }
}
