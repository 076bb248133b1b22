package io.trunkline.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.trunkline.config.PgpoolConfig;
import io.trunkline.proxy.route.Plan;
import io.trunkline.proxy.route.RoutingRules;
import io.trunkline.proxy.route.StatementPlanner;
import io.trunkline.sql.Analysis;
import io.trunkline.sql.LexicalSettings;
import io.trunkline.sql.StatementAnalyzer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What the proxy spends on the text of a statement: its analysis alone, and the plan made from it. One thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class StatementBenchmark {
    private static final String PGBENCH = "SELECT abalance FROM pgbench_accounts WHERE aid = 84711;";

    private static final String TPC_H_Q8 = """
            select
                o_year,
                sum(case when nation = 'BRAZIL' then volume else 0 end) / sum(volume) as mkt_share
            from (
                select
                    extract(year from o_orderdate) as o_year,
                    l_extendedprice * (1 - l_discount) as volume,
                    n2.n_name as nation
                from part, supplier, lineitem, orders, customer, nation n1, nation n2, region
                where
                    p_partkey = l_partkey
                    and s_suppkey = l_suppkey
                    and l_orderkey = o_orderkey
                    and o_custkey = c_custkey
                    and c_nationkey = n1.n_nationkey
                    and n1.n_regionkey = r_regionkey
                    and r_name = 'AMERICA'
                    and s_nationkey = n2.n_nationkey
                    and o_orderdate between date '1995-01-01' and date '1996-12-31'
                    and p_type = 'ECONOMY ANODIZED STEEL'
                ) as all_nations
            group by o_year
            order by o_year;
            """;

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

    /** The statement: of {@code pgbench -S}, or query 8 of TPC-H. */
    @Param({"pgbench", "tpch-q8"})
    public String statement = "";

    private final StatementAnalyzer analyzer = new StatementAnalyzer();
    private final StatementPlanner planner = new StatementPlanner();
    private final RoutingRules rules =
            RoutingRules.withStandby(PgpoolConfig.parse("defaults", "").readable());
    private byte[] text = {};
    private ByteBuf message = Unpooled.EMPTY_BUFFER;

    @Setup
    public void prepare() {
        text = (statement.equals("pgbench") ? PGBENCH : TPC_H_Q8).getBytes(StandardCharsets.UTF_8);
        message = Unpooled.directBuffer(text.length).writeBytes(text);
    }

    @Benchmark
    public Analysis analyze() {
        return analyzer.analyze(text, 0, text.length, LexicalSettings.DEFAULT);
    }

    @Benchmark
    public Plan plan() {
        return planner.plan(message, 0, text.length, DIALECT, rules);
    }
}
