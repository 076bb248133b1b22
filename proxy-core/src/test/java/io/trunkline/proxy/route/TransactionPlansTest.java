package io.trunkline.proxy.route;

import static io.trunkline.proxy.route.Plans.plan;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.sql.StatementDetail.IsolationLevel;
import io.trunkline.sql.StatementDetail.Setting;
import io.trunkline.sql.StatementDetail.Transaction;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a session learns of its transaction from a plan, and what tables and statements it is told to remember. */
class TransactionPlansTest {
    @Test
    void beginTellsItsModesAndItsText() {
        Plan plan = plan("START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY, NOT DEFERRABLE;");
        assertThat(plan.transaction())
                .isEqualTo(new Transaction(
                        Optional.empty(),
                        Optional.of(IsolationLevel.REPEATABLE_READ),
                        Optional.of(true),
                        Optional.of(false),
                        false));
        assertThat(plan.text())
                .isEqualTo("START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY, NOT DEFERRABLE");
    }

    @Test
    void plainTransactionControlSharesItsPlans() {
        assertThat(plan("BEGIN")).isSameAs(plan("begin work;"));
        assertThat(plan("START TRANSACTION")).isSameAs(plan("start transaction;"));
        assertThat(plan("BEGIN").text()).isEqualTo("BEGIN");
        assertThat(plan("COMMIT")).isSameAs(plan("END WORK"));
        assertThat(plan("ROLLBACK")).isSameAs(plan("abort"));
    }

    @ParameterizedTest
    @CsvSource({
        "COMMIT, COMMIT, false",
        "COMMIT AND CHAIN, COMMIT, true",
        "COMMIT AND NO CHAIN, COMMIT, false",
        "ROLLBACK AND CHAIN, ROLLBACK, true"
    })
    void theEndOfATransactionTellsWhetherAnotherFollows(String sql, Plan.Effect effect, boolean chain) {
        assertThat(plan(sql).effect()).isEqualTo(effect);
        assertThat(plan(sql).transaction().chain()).isEqualTo(chain);
    }

    @ParameterizedTest
    @CsvSource({
        "SAVEPOINT \"A\", SAVEPOINT, A",
        "RELEASE SAVEPOINT a, RELEASE, a",
        "ROLLBACK WORK TO SAVEPOINT a, ROLLBACK_TO, a",
        "PREPARE TRANSACTION 'x', PREPARE_TRANSACTION, x"
    })
    void savepointsAreNamedAndKeepTheirText(String sql, Plan.Effect effect, String name) {
        Plan plan = plan(sql + "; -- done");
        assertThat(plan.effect()).isEqualTo(effect);
        assertThat(plan.name()).isEqualTo(name);
        assertThat(plan.text()).isEqualTo(sql);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            SET TRANSACTION READ WRITE
            SET transaction_read_only = off
            SET LOCAL transaction_read_only TO 'false'
            SELECT set_config('transaction_read_only', '0', true)
            """)
    void theModesOfTheTransactionAreReadInEverySpelling(String sql) {
        assertThat(plan(sql).effect()).isEqualTo(Plan.Effect.TRANSACTION_SETTING);
        assertThat(plan(sql).transaction().readOnly()).contains(false);
        assertThat(plan(sql).text()).isEqualTo(sql);
    }

    @Test
    void theIsolationLevelIsReadAsASettingToo() {
        assertThat(plan("SET transaction_isolation TO 'repeatable read'")
                        .transaction()
                        .isolation())
                .contains(IsolationLevel.REPEATABLE_READ);
        assertThat(plan("SET transaction_deferrable = on").transaction().deferrable())
                .contains(true);
    }

    @Test
    void aSettingOfTheTransactionKeepsNameAndText() {
        Plan plan = plan("SET LOCAL work_mem TO '1MB'");
        assertThat(plan.detail()).isInstanceOf(Setting.class);
        assertThat(((Setting) requireNonNull(plan.detail())).name()).isEqualTo("work_mem");
        assertThat(plan.text()).isEqualTo("SET LOCAL work_mem TO '1MB'");
    }

    @Test
    void setConfigWithLiteralsIsASetting() {
        Plan plan = plan("SELECT pg_catalog.set_config('Search_Path', 'a, b', false);");
        assertThat(plan.name()).isEqualTo("search_path");
        assertThat(plan.text()).isEqualTo("SELECT pg_catalog.set_config('Search_Path', 'a, b', false)");
    }

    @Test
    void prepareKeepsItsTextAndPlansWhatItPrepares() {
        Plan plan = plan("PREPARE \"P\" (int) AS SELECT f(a) FROM t WHERE a = $1;");
        assertThat(plan.name()).isEqualTo("P");
        assertThat(plan.text()).isEqualTo("PREPARE \"P\" (int) AS SELECT f(a) FROM t WHERE a = $1");
        Plan inner = requireNonNull(plan.inner());
        assertThat(inner.destination()).isEqualTo(Destination.READ);
        assertThat(inner.mentions().tables()).hasToString("[t]");
        assertThat(inner.mentions().functions()).hasToString("[f]");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            PREPARE p AS SELECT a FROM t                 | READ
            PREPARE p AS SELECT a FROM t FOR UPDATE      | PRIMARY
            PREPARE p AS DELETE FROM t                   | PRIMARY
            PREPARE p AS SELECT relname FROM pg_class    | PRIMARY
            """)
    void toAnOlderPgpoolPrepareGoesWhereItsStatementWould(String sql, Destination destination) {
        Plan older = plan(sql, Rules.of("pgpool_compat_version = 4.3"));
        assertThat(older.destination()).isEqualTo(destination);
        assertThat(older.effect()).isEqualTo(Plan.Effect.PREPARE);
        assertThat(older.mentions()).isEqualTo(requireNonNull(older.inner()).mentions());
        assertThat(plan(sql).destination()).isEqualTo(Destination.PRIMARY);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            INSERT INTO s.t SELECT f(a) FROM u                       | [s.t, u] | [f]
            BEGIN; DELETE FROM t; UPDATE u SET a = 1; COMMIT         | [t, u]   | []
            CREATE TABLE t (a int)                                   | [t]      | []
            UPDATE t SET a = (SELECT max(b) FROM pg_class)           | [t]      | []
            SELECT nextval('s'), f(1) FROM t                         | []       | [f]
            BEGIN                                                    | []       | []
            """)
    void whatIsWrittenIsMentionedWhereItIsRemembered(String sql, String tables, String functions) {
        Mentions mentions = plan(sql, Rules.of("disable_load_balance_on_write = dml_adaptive"))
                .mentions();
        assertThat(mentions.tables()).hasToString(tables);
        assertThat(mentions.functions()).hasToString(functions);
        assertThat(plan(sql).mentions().isEmpty()).isTrue();
    }

    @Test
    void whatAPreparedWriteWritesIsMentionedByItsInnerPlan() {
        Plan plan = plan("PREPARE p AS DELETE FROM t", Rules.of("disable_load_balance_on_write = dml_adaptive"));
        assertThat(requireNonNull(plan.inner()).mentions().tables()).hasToString("[t]");
    }

    @Test
    void plansDoNotShowTheTextOfStatements() {
        assertThat(plan("SET my.password TO 'secret'")).asString().doesNotContain("secret");
    }
}
