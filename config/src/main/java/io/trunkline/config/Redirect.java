package io.trunkline.config;

import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One item of a redirect preference list, {@code regex:target(ratio)}: sessions whose name matches read from the target,
 * with the probability {@link #ratio()}.
 */
public final class Redirect extends NameItem {
    /** Where such a session reads. */
    public enum Target {
        PRIMARY,
        STANDBY,
        NODE
    }

    private final Target target;
    private final @Nullable Integer node;
    private final double ratio;

    Redirect(String source, Pattern pattern, Target target, @Nullable Integer node, double ratio) {
        super(source, pattern);
        this.target = target;
        this.node = node;
        this.ratio = ratio;
    }

    public Target target() {
        return target;
    }

    /** The id of the node where the target is {@link Target#NODE}. */
    public OptionalInt node() {
        return node == null ? OptionalInt.empty() : OptionalInt.of(node);
    }

    /** From 0 (never) to 1 (always). */
    public double ratio() {
        return ratio;
    }
}
