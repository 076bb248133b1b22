package io.trunkline.pool;

import java.util.Objects;

/**
 * Permits for backends, as processes tell each other of them.
 *
 * @param owner stands for a user and a database: the same number in every process, and for another pair another one as good as
 *     always; if it is the same, the limit for both holds for them together
 */
public record Permits(int node, int owner, int number) {
    static int owner(StartupKey.Owner owner) {
        return Objects.hash(owner.user(), owner.database());
    }
}
