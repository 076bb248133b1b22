package io.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** What is remembered of the roles of users, and for how long. */
class RoleCacheTest {
    private static final long TTL = TimeUnit.SECONDS.toNanos(60);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final RoleCache cache = new RoleCache();

    @Test
    void floodOfUnknownNamesPushesNoUserOutAndStaysBounded() {
        cache.put("app", Set.of("staff"), true, 0);
        for (int i = 0; i < 3 * RoleCache.UNKNOWN_NAMES; i++) {
            cache.put("nobody" + i, Set.of(), false, 0);
        }
        assertThat(cache.unknownNames()).isEqualTo(RoleCache.UNKNOWN_NAMES);
        assertThat(known("app").roles()).containsExactly("staff");
    }

    @Test
    void usersWithManyRolesAreBoundedByTheirRolesAndWhoWasNotAskedForLongestGoes() {
        Set<String> many = IntStream.range(0, 9_999).mapToObj(i -> "r" + i).collect(Collectors.toSet());
        for (int i = 0; i < 10; i++) {
            cache.put("user" + i, many, true, 0);
        }
        assertThat(cache.names()).isEqualTo(RoleCache.NAMES);
        assertThat(cache.find("user0")).isNotNull();
        cache.put("one too many", Set.of(), true, 0);

        assertThat(cache.names()).isEqualTo(RoleCache.NAMES - many.size());
        assertThat(cache.find("user0")).isNotNull();
        assertThat(cache.find("user1")).isNull();
    }

    @Test
    void anAnswerTakesThePlaceOfTheOneBefore() {
        cache.put("app", Set.of("a", "b"), true, 0);
        cache.put("app", Set.of(), false, 0);
        assertThat(known("app").exists()).isFalse();
        assertThat(cache.names()).isZero();
        cache.put("app", Set.of("c"), true, 0);
        assertThat(known("app").roles()).containsExactly("c");
        assertThat(cache.unknownNames()).isZero();
        assertThat(cache.names()).isEqualTo(2);
    }

    @Property
    void answerCountsForItsTimeAndOneAboutNobodyBriefly(@ForAll @LongRange(min = 0, max = 120_000) long millis) {
        long now = TimeUnit.MILLISECONDS.toNanos(millis);
        cache.put("app", Set.of(), true, 0);
        cache.put("nobody", Set.of(), false, 0);

        assertThat(known("app").isFresh(now, TTL)).isEqualTo(now < TTL);
        assertThat(known("nobody").isFresh(now, TTL)).isEqualTo(now < SECOND);
    }

    @Test
    void whatOtherSettingsHaveToldIsThereButNotFresh() {
        cache.put("app", Set.of("staff"), true, 0);
        cache.allStale();
        assertThat(known("app").isFresh(0, TTL)).isFalse();
        assertThat(known("app").roles()).containsExactly("staff");
    }

    private RoleCache.Known known(String user) {
        return Objects.requireNonNull(cache.find(user));
    }
}
