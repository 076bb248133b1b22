package io.trunkline.proxy.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.RoutingParameters.RelationCacheTarget;
import io.trunkline.pool.StartupKey;
import io.trunkline.proxy.route.CatalogChange;
import io.trunkline.proxy.route.Mentions;
import io.trunkline.proxy.route.RoutingRules;
import io.trunkline.proxy.route.Rule;
import io.trunkline.proxy.route.Rules;
import io.trunkline.sql.QualifiedName;
import io.trunkline.sql.StatementAnalyzer;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a catalog says of what it has been told, and when it asks. */
class CatalogTest {
    private static final CatalogSettings SETTINGS =
            new CatalogSettings(4, Duration.ZERO, RelationCacheTarget.LOAD_BALANCE_NODE);

    private final RoutingRules rules = Rules.of();
    private final ScriptedReader reader = new ScriptedReader();
    private long now = -1_000_000;
    private final Catalogs catalogs = new Catalogs(SETTINGS, () -> now);
    private final Catalog catalog = catalogs.of("d");

    private static Mentions tables(String... names) {
        return new Mentions(Arrays.stream(names).map(CatalogTest::name).toList(), List.of());
    }

    private static Mentions functions(String... names) {
        return new Mentions(
                List.of(), Arrays.stream(names).map(CatalogTest::name).toList());
    }

    private static QualifiedName name(String text) {
        int dot = text.indexOf('.');
        return dot < 0 ? QualifiedName.of(text) : QualifiedName.of(text.substring(0, dot), text.substring(dot + 1));
    }

    private Verdict check(Mentions mentions) {
        return catalog.check(mentions, rules, reader);
    }

    /** Asks for what is mentioned, and has it answered. */
    private Verdict checkWith(Mentions mentions, Rows rows) {
        assertThat(check(mentions)).isEqualTo(Verdict.COLD);
        reader.next().answer(rows);
        return check(mentions);
    }

    private void pass(long seconds) {
        now += TimeUnit.SECONDS.toNanos(seconds);
    }

    @Test
    void namesAreColdUntilTheyAreAnswered() {
        Mentions both = new Mentions(List.of(name("t")), List.of(name("f")));

        assertThat(check(both)).isEqualTo(Verdict.COLD);
        assertThat(check(both)).isEqualTo(Verdict.COLD);
        assertThat(check(tables("t"))).isEqualTo(Verdict.COLD);
        assertThat(reader.asked()).isEqualTo(1);
        reader.next().answer(Rows.ofPrimary().table(0).function(0, "stable"));

        assertThat(check(both)).isEqualTo(Verdict.YES);
        assertThat(check(tables("t"))).isEqualTo(Verdict.YES);
        assertThat(reader.asked()).isEqualTo(1);
        assertThat(catalog.facts(both)).containsExactly("table t: permanent", "function f: stable");
    }

    @Test
    void whatIsAnsweredAfterTheEndIsNotHeard() {
        assertThat(check(tables("t"))).isEqualTo(Verdict.COLD);
        catalogs.retireAll();
        reader.next().answer(Rows.ofPrimary().table(0));

        assertThat(check(tables("t"))).isEqualTo(Verdict.COLD);
        assertThat(reader.asked()).isEqualTo(1);
    }

    @Test
    void nothingMentionedNeedsNoQuestion() {
        assertThat(check(Mentions.NOTHING)).isEqualTo(Verdict.YES);
        assertThat(reader.asked()).isZero();
    }

    @Test
    void volatileFunctionIsARefusalAndOthersAreNot() {
        assertThat(checkWith(
                        functions("i", "s", "v"),
                        Rows.ofPrimary()
                                .function(0, "immutable")
                                .function(1, "stable")
                                .function(2, "volatile")))
                .isEqualTo(Verdict.VOLATILE_FUNCTION);
        assertThat(check(functions("i", "s"))).isEqualTo(Verdict.YES);
        assertThat(catalog.facts(functions("i", "v", "w")))
                .containsExactly("function i: immutable", "function v: volatile", "function w: not known yet");
    }

    @Test
    void refusalIsGivenThoughOtherNamesAreCold() {
        checkWith(functions("v"), Rows.ofPrimary().function(0, "volatile"));

        assertThat(check(functions("v", "w"))).isEqualTo(Verdict.VOLATILE_FUNCTION);
        assertThat(reader.asked()).isEqualTo(2);
    }

    @Test
    void unloggedTableIsARefusalUnlessTheyAreNotChecked() {
        assertThat(checkWith(tables("u"), Rows.ofPrimary().unlogged(0, "public.u")))
                .isEqualTo(Verdict.UNLOGGED_TABLE);
        assertThat(catalog.facts(tables("u"))).containsExactly("table u: unlogged");
        assertThat(catalog.check(tables("u"), Rules.of("check_unlogged_table = off"), reader))
                .isEqualTo(Verdict.YES);
    }

    @Test
    void sequenceIsARefusal() {
        assertThat(checkWith(tables("s"), Rows.ofPrimary().sequence(0, "public.s")))
                .isEqualTo(Verdict.SEQUENCE);
    }

    @Test
    void temporaryNamesakeIsARefusalIfTheCatalogIsToTell() {
        Rows rows = Rows.ofPrimary().found(0, 1, 2, "r").reached(0, null, null, null, 0);

        assertThat(checkWith(tables("t"), rows)).isEqualTo(Verdict.TEMPORARY_TABLE);
        assertThat(catalog.check(tables("t"), Rules.of("check_temp_table = trace"), reader))
                .isEqualTo(Verdict.YES);
        assertThat(catalog.check(tables("t"), Rules.of("check_temp_table = none"), reader))
                .isEqualTo(Verdict.YES);
    }

    @Test
    void nameOfATemporaryTableAloneIsARefusalInAnyCase() {
        assertThat(checkWith(tables("t"), Rows.ofPrimary().temporary(0))).isEqualTo(Verdict.TEMPORARY_TABLE);
        assertThat(catalog.check(tables("t"), Rules.of("check_temp_table = trace"), reader))
                .isEqualTo(Verdict.UNKNOWN_RELATION);
    }

    @Test
    void schemaPgTempIsARefusalWithoutAQuestion() {
        assertThat(check(tables("pg_temp.t"))).isEqualTo(Verdict.TEMPORARY_TABLE);
        assertThat(catalog.check(tables("pg_temp_3.t"), Rules.of("check_temp_table = none"), reader))
                .isEqualTo(Verdict.UNKNOWN_RELATION);
        assertThat(catalog.facts(tables("pg_temp.t"))).containsExactly("relation pg_temp.t: temporary");
    }

    @Test
    void whatDoesNotExistIsARefusalThatIsAskedAboutLessAndLessOften() {
        assertThat(checkWith(tables("nowhere"), Rows.ofPrimary())).isEqualTo(Verdict.UNKNOWN_RELATION);
        pass(4);
        assertThat(check(tables("nowhere"))).isEqualTo(Verdict.UNKNOWN_RELATION);
        pass(2);
        assertThat(checkWith(tables("nowhere"), Rows.ofPrimary())).isEqualTo(Verdict.UNKNOWN_RELATION);
        pass(9);
        assertThat(check(tables("nowhere"))).isEqualTo(Verdict.UNKNOWN_RELATION);
        pass(2);
        assertThat(checkWith(tables("nowhere"), Rows.ofPrimary().table(0))).isEqualTo(Verdict.YES);
        pass(1_000_000);
        assertThat(check(tables("nowhere"))).isEqualTo(Verdict.YES);

        assertThat(checkWith(functions("nothing"), Rows.ofPrimary())).isEqualTo(Verdict.UNKNOWN_FUNCTION);
        assertThat(catalog.facts(functions("nothing"))).containsExactly("function nothing: does not exist");
    }

    @Test
    void viewOverTablesIsReadLikeThem() {
        Rows rows = Rows.ofPrimary()
                .view(0, " SELECT a.x, lower(b.y) FROM (public.a JOIN public.b USING (x));", "public.a", "public.b");

        assertThat(checkWith(tables("v"), rows)).isEqualTo(Verdict.YES);
        assertThat(catalog.facts(tables("v"))).containsExactly("view v over public.a, public.b: permanent");
    }

    @Test
    void viewIsRefusedForAVolatileBuiltInFunction() {
        assertThat(checkWith(tables("v"), Rows.ofPrimary().view(0, " SELECT nextval('public.s'::regclass) AS n;")))
                .isEqualTo(Verdict.VOLATILE_FUNCTION);
        assertThat(catalog.facts(tables("v"))).containsExactly("view v: volatile function nextval");
    }

    @Test
    void functionOfAnotherSchemaInAViewIsNotTakenForABuiltInOne() {
        Rows rows = Rows.ofPrimary().view(0, " SELECT app.random() AS n;").called(0, null);

        assertThat(checkWith(tables("v"), rows)).isEqualTo(Verdict.YES);
    }

    @Test
    void viewIsRefusedForAVolatileFunctionOfTheUser() {
        Rows rows = Rows.ofPrimary().view(0, " SELECT app.f() AS n;").called(0, "app.f");

        assertThat(checkWith(tables("v"), rows)).isEqualTo(Verdict.VOLATILE_FUNCTION);
    }

    @Test
    void viewIsRefusedForASystemCatalog() {
        assertThat(checkWith(tables("v"), Rows.ofPrimary().view(0, " SELECT c.relname FROM pg_class c;")))
                .isEqualTo(Verdict.SYSTEM_CATALOG);
        assertThat(checkWith(tables("w"), Rows.ofPrimary().view(0, " SELECT c.x FROM information_schema.tables c;")))
                .isEqualTo(Verdict.SYSTEM_CATALOG);
    }

    @Test
    void viewThatLocksRowsOrIsTooLongOrOneOfTooManyIsUnclear() {
        assertThat(checkWith(tables("a"), Rows.ofPrimary().view(0, " SELECT t.x FROM public.t FOR UPDATE OF t;")))
                .isEqualTo(Verdict.UNCLEAR_VIEW);
        assertThat(checkWith(tables("b"), Rows.ofPrimary().view(0, " something new;")))
                .isEqualTo(Verdict.UNCLEAR_VIEW);
        Rows tooLong = Rows.ofPrimary()
                .found(0, 1, 0, "v")
                .reached(0, null, null, null, 1)
                .viewText(0, null);
        assertThat(checkWith(tables("c"), tooLong)).isEqualTo(Verdict.UNCLEAR_VIEW);
        Rows tooMany = Rows.ofPrimary().view(0, " SELECT 1;").reached(0, null, null, null, 2);
        assertThat(checkWith(tables("d"), tooMany)).isEqualTo(Verdict.UNCLEAR_VIEW);
    }

    @Test
    void factsExpire() {
        catalogs.reload(new CatalogSettings(4, Duration.ofSeconds(60), RelationCacheTarget.PRIMARY));
        assertThat(checkWith(tables("t"), Rows.ofPrimary().table(0))).isEqualTo(Verdict.YES);
        pass(59);
        assertThat(check(tables("t"))).isEqualTo(Verdict.YES);
        pass(1);
        assertThat(check(tables("t"))).isEqualTo(Verdict.COLD);
        assertThat(reader.asked()).isEqualTo(2);
    }

    @Test
    void invalidationForgetsWhatIsKnownAndWhatIsUnderWay() {
        checkWith(tables("t"), Rows.ofPrimary().table(0));
        check(tables("late"));
        catalogs.invalidate("d");
        reader.next().answer(Rows.ofPrimary().table(0));

        assertThat(check(tables("late"))).isEqualTo(Verdict.COLD);
        assertThat(check(tables("t"))).isEqualTo(Verdict.COLD);
        assertThat(reader.asked()).isEqualTo(4);
        assertThat(catalogs.of("other").check(tables("t"), rules, reader)).isEqualTo(Verdict.COLD);
    }

    @Test
    void invalidatedNameIsAskedForAnewThoughTheOldQuestionIsStillUnderWay() {
        check(tables("t"));
        ScriptedReader.Question old = reader.next();
        catalog.invalidate();
        check(tables("t"));
        old.answer(Rows.ofPrimary().table(0));
        assertThat(check(tables("t"))).isEqualTo(Verdict.COLD);
        assertThat(reader.asked()).isEqualTo(2);

        reader.next().answer(Rows.ofPrimary().unlogged(0, "public.t"));
        assertThat(check(tables("t"))).isEqualTo(Verdict.UNLOGGED_TABLE);
    }

    @Test
    void afterAChangeThePrimaryIsAskedFirstAndAStandbyIsOnlyBelievedForAMoment() {
        check(tables("t"));
        assertThat(reader.next().first()).isEqualTo(RelationCacheTarget.LOAD_BALANCE_NODE);
        catalog.invalidate();
        check(tables("t"));
        ScriptedReader.Question question = reader.next();
        assertThat(question.first()).isEqualTo(RelationCacheTarget.PRIMARY);
        question.answer(Rows.ofStandby().table(0));
        assertThat(check(tables("t"))).isEqualTo(Verdict.YES);
        pass(6);
        assertThat(check(tables("t"))).isEqualTo(Verdict.COLD);
        pass(60);
        check(tables("u"));
        assertThat(reader.rest().get(1).first()).isEqualTo(RelationCacheTarget.LOAD_BALANCE_NODE);
    }

    @Test
    void forgottenNameIsAskedForAnewAndOthersStay() {
        checkWith(
                tables("t", "public.t", "u"), Rows.ofPrimary().table(0).table(1).table(2));
        check(tables("s.t", "w"));
        catalog.forget("t");
        reader.next().answer(Rows.ofPrimary().table(0).table(1));

        assertThat(check(tables("u"))).isEqualTo(Verdict.YES);
        assertThat(check(tables("w"))).isEqualTo(Verdict.YES);
        assertThat(check(tables("t"))).isEqualTo(Verdict.COLD);
        assertThat(check(tables("public.t"))).isEqualTo(Verdict.COLD);
        assertThat(check(tables("s.t"))).isEqualTo(Verdict.COLD);
    }

    @Test
    void suspectFactCountsAndIsAskedForAnewOnce() {
        checkWith(tables("t"), Rows.ofPrimary().table(0));
        catalog.suspect();
        assertThat(check(tables("t"))).isEqualTo(Verdict.YES);
        assertThat(reader.asked()).isEqualTo(1);
        pass(11);
        assertThat(check(tables("t"))).isEqualTo(Verdict.YES);
        assertThat(check(tables("t"))).isEqualTo(Verdict.YES);
        assertThat(reader.asked()).isEqualTo(2);
        reader.next().answer(Rows.ofPrimary().unlogged(0, "public.t"));
        assertThat(check(tables("t"))).isEqualTo(Verdict.UNLOGGED_TABLE);
        pass(1_000);
        check(tables("t"));
        assertThat(reader.asked()).isEqualTo(2);
    }

    @Test
    void failureIsFollowedByAPauseForTheSameLogin() {
        check(tables("t"));
        reader.next().fail("down");
        assertThat(check(tables("t"))).isEqualTo(Verdict.COLD);
        assertThat(reader.asked()).isEqualTo(1);
        ScriptedReader other = new ScriptedReader(StartupKey.of(Map.of("user", "other", "database", "d")));
        catalog.check(tables("u"), rules, other);
        assertThat(other.asked()).isEqualTo(1);
        pass(10);
        assertThat(checkWith(tables("t"), Rows.ofPrimary().table(0))).isEqualTo(Verdict.YES);
    }

    @Test
    void answerThatIsNoneCountsAsAFailure() {
        check(tables("t"));
        reader.next().answer(Rows.withIsolation("read committed").row("table", 7, "1", "0", "r"));
        assertThat(check(tables("t"))).isEqualTo(Verdict.COLD);
        pass(10);
        check(tables("t"));
        reader.next().answer().rows(List.of());
        assertThat(check(tables("t"))).isEqualTo(Verdict.COLD);
        assertThat(reader.asked()).isEqualTo(2);
    }

    @Test
    void sessionThatCannotAskLearnsFromOthers() {
        assertThat(catalog.check(tables("t"), rules, null)).isEqualTo(Verdict.COLD);
        checkWith(tables("t"), Rows.ofPrimary().table(0));
        assertThat(catalog.check(tables("t"), rules, null)).isEqualTo(Verdict.YES);
    }

    @Test
    void leastUsedFactMakesRoom() {
        checkWith(
                tables("a", "b", "c", "d"),
                Rows.ofPrimary().table(0).table(1).table(2).table(3));
        check(tables("a", "b", "d"));
        // all four have been used by checkWith: one round takes the marks
        checkWith(tables("e"), Rows.ofPrimary().table(0));
        assertThat(catalog.size()).isEqualTo(4);
    }

    @Test
    void sizeZeroKeepsAndAsksNothing() {
        catalogs.reload(new CatalogSettings(0, Duration.ZERO, RelationCacheTarget.PRIMARY));
        catalog.defaultsToReadCommitted(reader.key(), reader);
        reader.next().answer(Rows.ofPrimary());

        assertThat(check(tables("t"))).isEqualTo(Verdict.COLD);
        assertThat(reader.asked()).isEqualTo(1);
    }

    @Test
    void isolationOfAFreshSessionIsLearntOncePerStart() {
        StartupKey strict = StartupKey.of(Map.of("user", "u", "database", "d", "options", "-c x=y"));
        ScriptedReader strictReader = new ScriptedReader(strict);

        assertThat(catalog.defaultsToReadCommitted(reader.key(), reader)).isEmpty();
        assertThat(catalog.defaultsToReadCommitted(reader.key(), reader)).isEmpty();
        assertThat(reader.asked()).isEqualTo(1);
        reader.next().answer(Rows.withIsolation("read committed"));
        assertThat(catalog.defaultsToReadCommitted(reader.key(), reader)).isEqualTo(Optional.of(true));
        assertThat(catalog.defaultsToReadCommitted(strict, reader)).isEmpty();
        catalog.check(tables("t"), rules, strictReader);
        strictReader.next().answer(Rows.withIsolation("repeatable read").table(0));
        assertThat(catalog.defaultsToReadCommitted(strict, strictReader)).isEqualTo(Optional.of(false));
        assertThat(strictReader.asked()).isEqualTo(1);

        catalogs.invalidateAll();
        assertThat(catalog.defaultsToReadCommitted(strict, strictReader)).isEmpty();
    }

    @Test
    void statementMayWriteByAFunctionThoughItsTableIsRefusedForAnotherReason() {
        Mentions both = new Mentions(List.of(name("s")), List.of(name("f")));
        assertThat(catalog.mayWrite(both)).as("not known yet").isTrue();
        assertThat(reader.asked()).isZero();
        checkWith(both, Rows.ofPrimary().sequence(0, "public.s").function(0, "volatile"));

        assertThat(catalog.mayWrite(both)).isTrue();
        assertThat(catalog.mayWrite(functions("f"))).isTrue();
        assertThat(catalog.mayWrite(tables("s")))
                .as("read, if only on the primary")
                .isFalse();
    }

    @Test
    void whatIsKnownIsToldWithoutAllocation() {
        Mentions both = new Mentions(List.of(name("t"), name("s.u")), List.of(name("f")));
        checkWith(both, Rows.ofPrimary().table(0).table(1).function(0, "stable"));
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        // the first round allocates in the measuring itself
        threads.getThreadAllocatedBytes(self);
        long before = threads.getThreadAllocatedBytes(self);
        int yes = 0;
        for (int i = 0; i < 100_000; i++) {
            yes += catalogs.of("d").check(both, rules, reader) == Verdict.YES ? 1 : 0;
        }
        long allocated = threads.getThreadAllocatedBytes(self) - before;

        assertThat(yes).isEqualTo(100_000);
        assertThat(allocated).isLessThan(100_000);
    }

    @Test
    void questionsAtATimeAreBounded() {
        for (int i = 0; i < 20; i++) {
            check(tables("t" + i));
        }
        assertThat(reader.asked()).isEqualTo(8);
        catalog.invalidate();
        reader.rest().forEach(question -> question.answer(Rows.ofPrimary().table(0)));
        assertThat(checkWith(tables("t19"), Rows.ofPrimary().table(0))).isEqualTo(Verdict.YES);
    }

    @Test
    void changesAreAppliedAsFarAsTheyReach() {
        checkWith(tables("t", "u"), Rows.ofPrimary().table(0).table(1));
        catalogs.apply("d", CatalogChange.NONE);
        catalogs.apply("other", change("ALTER TABLE t SET UNLOGGED"));
        assertThat(check(tables("t", "u"))).isEqualTo(Verdict.YES);
        catalogs.apply("d", change("DROP TABLE t"));
        assertThat(check(tables("u"))).isEqualTo(Verdict.YES);
        assertThat(checkWith(tables("t"), Rows.ofPrimary().table(0))).isEqualTo(Verdict.YES);
        catalogs.apply("d", change("CALL p()"));
        assertThat(check(tables("t", "u"))).isEqualTo(Verdict.YES);
        catalogs.apply("d", change("ALTER TABLE t SET UNLOGGED"));
        assertThat(checkWith(tables("t"), Rows.ofPrimary().table(0))).isEqualTo(Verdict.YES);
        catalogs.apply("other", change("ALTER ROLE r SET work_mem = '1MB'"));
        assertThat(check(tables("t"))).isEqualTo(Verdict.COLD);
    }

    private static CatalogChange change(String sql) {
        return CatalogChange.of(new StatementAnalyzer().analyze(sql).statements());
    }

    @Test
    void databasesBeyondTheLimitMakeAllBeginAnew() {
        assertThat(checkWith(tables("t"), Rows.ofPrimary().table(0))).isEqualTo(Verdict.YES);
        for (int i = 0; i < Catalogs.LIMIT; i++) {
            catalogs.of("database " + i);
        }
        assertThat(check(tables("t"))).isEqualTo(Verdict.COLD);
        assertThat(catalogs.of("d")).isNotSameAs(catalog);
    }

    @Test
    void everyRefusalHasARuleOfItsOwn() {
        assertThat(Arrays.stream(Verdict.values()).map(Verdict::rule)).doesNotHaveDuplicates();
        assertThat(Verdict.COLD.isNo()).isFalse();
        assertThat(Verdict.YES.isNo()).isFalse();
        assertThat(Verdict.UNKNOWN_FUNCTION.isNo()).isTrue();
        assertThat(Verdict.UNLOGGED_TABLE.rule()).isEqualTo(Rule.UNLOGGED_TABLE);
    }
}
