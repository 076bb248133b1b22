package io.trunkline.proxy.session;

import io.trunkline.proxy.route.Plan;
import org.jspecify.annotations.Nullable;

/**
 * A statement that the client prepared with Parse.
 *
 * <p>Compared by identity: two Parse messages make two statements, however alike.
 */
final class PreparedStatement {
    final String name;
    final Plan plan;

    /** The body of the Parse message, to prepare it on another node; null if it only ever runs on the primary. */
    final byte @Nullable [] parse;

    PreparedStatement(String name, Plan plan, byte @Nullable [] parse) {
        this.name = name;
        this.plan = plan;
        this.parse = parse;
    }
}
