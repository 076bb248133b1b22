package io.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.protocol.auth.Md5Password;
import io.trunkline.protocol.auth.Password;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/** What is remembered of auth_query's answers, and for how long. */
class VerifierCacheTest {
    private static final long TTL = TimeUnit.SECONDS.toNanos(60);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final VerifierCache cache = new VerifierCache();

    @Test
    void floodOfUnknownNamesPushesNoUserOutAndStaysBounded() {
        cache.put("app", credential("secret"), 0);
        for (int i = 0; i < 3 * VerifierCache.UNKNOWN_NAMES; i++) {
            cache.put("nobody" + i, null, 0);
        }
        assertThat(cache.unknownNames()).isEqualTo(VerifierCache.UNKNOWN_NAMES);
        assertThat(known("app").credential()).isNotNull();
    }

    @Test
    void usersAreBoundedAndWhoWasNotAskedForLongestGoes() {
        Credential shared = credential("secret");
        cache.put("first", shared, 0);
        cache.put("second", shared, 0);
        for (int i = 2; i < VerifierCache.USERS; i++) {
            cache.put("user" + i, shared, 0);
        }
        assertThat(cache.find("first")).isNotNull();
        cache.put("one too many", shared, 0);

        assertThat(cache.users()).isEqualTo(VerifierCache.USERS);
        assertThat(cache.find("first")).isNotNull();
        assertThat(cache.find("second")).isNull();
    }

    @Property
    void answerCountsForItsTimeAndOneAboutNobodyBriefly(@ForAll @LongRange(min = 0, max = 120_000) long millis) {
        long now = TimeUnit.MILLISECONDS.toNanos(millis);
        cache.put("app", credential("secret"), 0);
        cache.put("nobody", null, 0);

        assertThat(known("app").isFresh(now, TTL)).isEqualTo(now < TTL);
        assertThat(known("nobody").isFresh(now, TTL)).isEqualTo(now < SECOND);
    }

    @Test
    void failedProofMakesTheAnswerCountBrieflyAndOnlyTheOneThatItWasAbout() {
        Credential old = credential("old");
        cache.put("app", old, 0);
        cache.suspect("app", old);
        assertThat(known("app").isFresh(SECOND - 1, TTL)).isTrue();
        assertThat(known("app").isFresh(SECOND, TTL)).isFalse();

        cache.put("app", credential("new"), SECOND);
        cache.suspect("app", old);
        assertThat(known("app").isFresh(10 * SECOND, TTL)).isTrue();
    }

    @Test
    void sameAnswerKeepsWhatWasComputedFromIt() {
        Credential first = credential("secret");
        cache.put("app", first, 0);

        assertThat(cache.put("app", credential("secret"), SECOND).credential()).isSameAs(first);
        assertThat(cache.put("app", credential("other"), SECOND).credential()).isNotSameAs(first);
    }

    private VerifierCache.Known known(String user) {
        return Objects.requireNonNull(cache.find(user));
    }

    private static Credential credential(String password) {
        return new Credential(Md5Password.of("app", Password.of(password)), Credential.Origin.AUTH_QUERY);
    }
}
