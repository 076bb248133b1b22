package io.trunkline.proxy.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.RoutingParameters.RelationCacheTarget;
import io.trunkline.pool.StartupKey;
import io.trunkline.proxy.catalog.ScriptedReader.Question;
import io.trunkline.proxy.route.Mentions;
import io.trunkline.proxy.route.RoutingRules;
import io.trunkline.proxy.route.Rules;
import io.trunkline.sql.QualifiedName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Whatever is asked, answered, changed and evicted in whatever order: what is told after a change is not older than it. */
class CatalogPropertyTest {
    private static final RoutingRules RULES = Rules.of();
    private static final int NAMES = 6;
    private static final Pattern ASKED = Pattern.compile("\\(\\d, NULL, '(t\\d)'\\)");

    private static QualifiedName name(int i) {
        return QualifiedName.of("t" + i);
    }

    /** A database of a few tables, some of them unlogged, that is asked and changed at random. */
    private static final class World {
        final Random random;
        final ScriptedReader reader = new ScriptedReader();
        final Catalogs catalogs;
        final boolean[] unlogged = new boolean[NAMES];

        /** Questions that the server has looked at, with what it has seen; the answers are still on their way. */
        final Map<Question, Rows> seen = new HashMap<>();

        final List<Question> underWay = new ArrayList<>();
        long now;

        World(long seed, int size, boolean expires) {
            random = new Random(seed);
            catalogs = new Catalogs(
                    new CatalogSettings(
                            size, expires ? Duration.ofSeconds(20) : Duration.ZERO, RelationCacheTarget.PRIMARY),
                    () -> now);
        }

        void step() {
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> check();
                case 3 -> look();
                case 4, 5 -> answer();
                case 6 -> now += random.nextInt(8) * 1_000_000_000L;
                default -> change();
            }
        }

        void check() {
            List<QualifiedName> asked = new ArrayList<>();
            for (int i = random.nextInt(3); i >= 0; i--) {
                asked.add(name(random.nextInt(NAMES)));
            }
            Verdict verdict = catalogs.of("d").check(new Mentions(asked, List.of()), RULES, reader);
            boolean bad = asked.stream().anyMatch(name -> unlogged[index(name)]);
            if (verdict == Verdict.YES) {
                assertThat(bad).as("%s", asked).isFalse();
            } else if (verdict != Verdict.COLD) {
                assertThat(verdict).isEqualTo(Verdict.UNLOGGED_TABLE);
                assertThat(bad).as("%s", asked).isTrue();
            }
            underWay.addAll(reader.rest());
        }

        static int index(QualifiedName name) {
            return name.name().charAt(1) - '0';
        }

        /** The server looks at a question: what it sees is what its answer tells, however late. */
        void look() {
            underWay.stream()
                    .filter(question -> !seen.containsKey(question))
                    .findFirst()
                    .ifPresent(this::look);
        }

        Rows look(Question question) {
            Rows before = seen.get(question);
            if (before != null) {
                return before;
            }
            Rows rows = Rows.ofPrimary();
            int number = 0;
            for (QualifiedName name : askedIn(question.sql())) {
                if (unlogged[index(name)]) {
                    rows.unlogged(number++, name.name());
                } else {
                    rows.table(number++);
                }
            }
            seen.put(question, rows);
            return rows;
        }

        static List<QualifiedName> askedIn(String sql) {
            List<QualifiedName> names = new ArrayList<>();
            Matcher matcher = ASKED.matcher(sql);
            while (matcher.find()) {
                names.add(QualifiedName.of(matcher.group(1)));
            }
            return names;
        }

        void answer() {
            if (underWay.isEmpty()) {
                return;
            }
            Question question = underWay.remove(random.nextInt(underWay.size()));
            if (random.nextInt(10) == 0) {
                question.fail("the server has gone away");
                return;
            }
            question.answer(look(question));
        }

        void change() {
            int changed = random.nextInt(NAMES);
            unlogged[changed] = !unlogged[changed];
            if (random.nextBoolean()) {
                catalogs.invalidate("d");
            } else {
                catalogs.of("d").forget(name(changed).name());
            }
        }
    }

    @Property(tries = 400)
    void verdictIsNeverOlderThanAChange(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = NAMES) int size, @ForAll boolean expires) {
        World world = new World(seed, size, expires);
        for (int i = 0; i < 200; i++) {
            world.step();
        }
        assertThat(world.catalogs.of("d").size()).isLessThanOrEqualTo(size);
    }

    @Property(tries = 50)
    void namesBecomeKnownOnceChangesEnd(@ForAll long seed) {
        World world = new World(seed, NAMES, false);
        for (int i = 0; i < 100; i++) {
            world.step();
        }
        List<QualifiedName> all = new ArrayList<>();
        for (int i = 0; i < NAMES; i++) {
            all.add(name(i));
        }
        Verdict verdict = Verdict.COLD;
        for (int i = 0; i < 10 && verdict == Verdict.COLD; i++) {
            world.now += 11_000_000_000L;
            verdict = world.catalogs.of("d").check(new Mentions(all, List.of()), RULES, world.reader);
            world.underWay.addAll(world.reader.rest());
            while (!world.underWay.isEmpty()) {
                world.answer();
            }
        }
        assertThat(verdict).isNotEqualTo(Verdict.COLD);
    }

    /** Several threads at once, as the seeded steps above come one after the other. */
    @Test
    void threadsThatReadSeeNoFactFromBeforeAChangeThatTheyKnowOf() throws Exception {
        // the table's definition: even = logged, odd = unlogged; a statement on a logged one may go anywhere
        AtomicInteger definition = new AtomicInteger();
        Catalogs catalogs = new Catalogs(new CatalogSettings(4, Duration.ZERO, RelationCacheTarget.PRIMARY));
        CatalogReader reader = new CatalogReader() {
            @Override
            public StartupKey key() {
                return ScriptedReader.KEY;
            }

            @Override
            public void ask(String sql, RelationCacheTarget first, Answer answer) {
                Rows rows = Rows.ofPrimary();
                if (definition.get() % 2 == 0) {
                    rows.table(0);
                } else {
                    rows.unlogged(0, "t");
                }
                Thread.yield();
                answer.rows(rows.all());
            }
        };
        Mentions mentions = new Mentions(List.of(QualifiedName.of("t")), List.of());
        AtomicInteger confirmed = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        AtomicReference<String> wrong = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            threads.add(new Thread(() -> {
                while (!over.get() && wrong.get() == null) {
                    int before = confirmed.get();
                    Verdict verdict = catalogs.of("d").check(mentions, RULES, reader);
                    // no change began meanwhile: the verdict can only be about this definition
                    boolean steady = definition.get() == before;
                    if (steady && verdict == (before % 2 == 0 ? Verdict.UNLOGGED_TABLE : Verdict.YES)) {
                        wrong.set(verdict + " though the definition is " + before);
                    }
                }
            }));
        }
        threads.forEach(Thread::start);
        for (int i = 0; i < 20_000 && wrong.get() == null; i++) {
            int changed = definition.incrementAndGet();
            catalogs.invalidate("d");
            confirmed.set(changed);
        }
        over.set(true);
        for (Thread thread : threads) {
            thread.join(10_000);
        }
        assertThat(wrong.get()).isNull();
    }
}
