package io.trunkline.proxy.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SystemUsersTest {
    private final List<Long> asked = new ArrayList<>();
    private final List<Optional<String>> found = new ArrayList<>();
    private long nanos;
    private final SystemUsers users = new SystemUsers(this::answer, () -> nanos, Runnable::run);

    private Optional<String> answer(long uid) throws IOException {
        asked.add(uid);
        if (uid == 13) {
            throw new IOException("no");
        }
        return uid == 404 ? Optional.empty() : Optional.of("user" + uid);
    }

    @Test
    void theSystemKnowsItsUsers() {
        SystemUsers real = new SystemUsers(Runnable::run);
        real.nameOf(0, found::add);
        real.nameOf(4_294_967_000L, found::add);

        assertThat(found).containsExactly(Optional.of("root"), Optional.empty());
    }

    @Test
    void anAnswerHoldsForAWhile() {
        users.nameOf(7, found::add);
        nanos += TimeUnit.SECONDS.toNanos(SystemUsers.AGE_SECONDS) - 1;
        users.nameOf(7, found::add);
        assertThat(asked).containsExactly(7L);

        nanos++;
        users.nameOf(7, found::add);

        assertThat(asked).containsExactly(7L, 7L);
        assertThat(found).containsOnly(Optional.of("user7"));
    }

    @Test
    void whatCannotBeFoundOutIsNobody() {
        users.nameOf(13, found::add);
        users.nameOf(404, found::add);

        assertThat(found).containsExactly(Optional.empty(), Optional.empty());
    }

    @Test
    void aLineWithAnotherNumberIsNotTaken() {
        assertThat(SystemUsers.nameIn(Stream.of("100:x:1000:100::/:/bin/sh", "", ":x:100:1", "ann:x:100:1"), 100))
                .contains("ann");
    }
}
