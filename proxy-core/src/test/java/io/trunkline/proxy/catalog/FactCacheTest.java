package io.trunkline.proxy.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.sql.QualifiedName;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which fact makes room when there are too many. */
class FactCacheTest {
    private static final int LIMIT = 3;

    private final FactCache cache = new FactCache();

    private boolean put(String name) {
        return cache.put(QualifiedName.of(name), Fact.of(new Finding(0, name), 0, 0, 0), LIMIT);
    }

    private void use(String... names) {
        for (String name : names) {
            Objects.requireNonNull(cache.get(QualifiedName.of(name))).use();
        }
    }

    private List<String> kept() {
        List<String> names = new ArrayList<>();
        cache.forEachName(name -> names.add(name.name()));
        assertThat(names)
                .allSatisfy(
                        name -> assertThat(cache.get(QualifiedName.of(name))).isNotNull());
        return names;
    }

    @Test
    void oldestUnusedFactGoes() {
        Stream.of("a", "b", "c").forEach(this::put);
        use("a");

        assertThat(put("d")).isFalse();
        assertThat(kept()).containsExactlyInAnyOrder("a", "c", "d");
        assertThat(cache.get(QualifiedName.of("b"))).isNull();
    }

    @Test
    void useCountsOnce() {
        Stream.of("a", "b", "c").forEach(this::put);
        use("a");
        Stream.of("d", "e", "f").forEach(this::put);

        assertThat(kept()).doesNotContain("a").hasSize(LIMIT);
    }

    @Test
    void oldestGoesWhereAllAreInUseAndThatIsTold() {
        Stream.of("a", "b", "c").forEach(this::put);
        use("a", "b", "c");

        assertThat(put("d")).isTrue();
        assertThat(kept()).containsExactly("b", "c", "d");
        assertThat(put("e")).isFalse();
    }

    @Test
    void newFactOfAKnownNameTakesNoRoom() {
        Stream.of("a", "b", "c").forEach(this::put);
        Fact fresh = Fact.of(new Finding(0, "fresh"), 0, 0, 0);

        assertThat(cache.put(QualifiedName.of("b"), fresh, LIMIT)).isFalse();
        assertThat(kept()).containsExactly("a", "b", "c");
        assertThat(cache.get(QualifiedName.of("b"))).isSameAs(fresh);
    }

    @Test
    void removedAndClearedNamesAreGone() {
        Stream.of("a", "b", "c").forEach(this::put);
        cache.remove(QualifiedName.of("b"));
        cache.remove(QualifiedName.of("never"));
        assertThat(kept()).containsExactly("a", "c");
        assertThat(put("d")).isFalse();
        assertThat(cache.size()).isEqualTo(LIMIT);
        cache.clear();
        assertThat(cache.size()).isZero();
        assertThat(cache.get(QualifiedName.of("a"))).isNull();
    }
}
