package io.trunkline.proxy.route;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Recognises statements that do nothing but call {@code pg_cancel_backend()} or {@code pg_terminate_backend()} for one
 * process, written as a number or as the parameter {@code $1}. Process ids mean something on one node only, so such a
 * statement belongs on the node whose backend it is.
 */
public final class BackendSignal {
    private static final int MAX_LENGTH = 256;
    private static final String PARAMETER = "$1";
    private static final byte[] NAME = "_backend".getBytes(StandardCharsets.US_ASCII);

    private static final Pattern CALL = Pattern.compile(
            "\\s*select\\s+(?:\\*\\s*from\\s+)?(?:pg_catalog\\s*\\.\\s*)?pg_(?<what>cancel|terminate)_backend\\s*"
                    + "\\(\\s*(?<pid>\\d{1,10}|\\$1)\\s*(?:::\\s*int(?:4|eger)?\\s*)?(?:,[^()';]*)?\\)"
                    + "\\s*(?:as\\s+)?(?:\\w+|\"[^\"]*\")?\\s*;?\\s*",
            Pattern.CASE_INSENSITIVE);

    private BackendSignal() {}

    /**
     * The plan for a query string that is one of these.
     *
     * @param plan what the planner makes of it
     * @return {@code plan} itself if it is none
     */
    public static Plan in(Plan plan, ByteBuf in, int from, int length) {
        boolean callsAny = plan.rule() == Rule.VOLATILE_FUNCTION
                || plan.rule() == Rule.FUNCTION_LIST
                || !plan.mentions().functions().isEmpty();
        if (!callsAny || length > MAX_LENGTH || plan.effect() != Plan.Effect.NONE || !names(in, from, length)) {
            return plan;
        }
        Matcher call = CALL.matcher(in.toString(from, length, StandardCharsets.ISO_8859_1));
        if (!call.matches()) {
            return plan;
        }
        boolean cancel = call.group("what").equalsIgnoreCase("cancel");
        return signal(cancel ? Plan.Effect.CANCEL_BACKEND : Plan.Effect.TERMINATE_BACKEND, call.group("pid"));
    }

    /** Whether the text may name one of the functions: a look that most statements fail without costs. */
    private static boolean names(ByteBuf in, int from, int length) {
        for (int at = from; at <= from + length - NAME.length; at++) {
            if (in.getByte(at) == NAME[0] && isNameAt(in, at)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isNameAt(ByteBuf in, int at) {
        for (int i = 1; i < NAME.length; i++) {
            if ((in.getByte(at + i) | 0x20) != NAME[i]) {
                return false;
            }
        }
        return true;
    }

    /** Whether the plan is that of such a statement. */
    public static boolean is(Plan plan) {
        return plan.effect() == Plan.Effect.CANCEL_BACKEND || plan.effect() == Plan.Effect.TERMINATE_BACKEND;
    }

    /** The process; empty if that is only told by a parameter, or is none. */
    public static OptionalInt pid(Plan plan) {
        @Nullable String name = plan.name();
        if (!is(plan) || name == null || name.equals(PARAMETER)) {
            return OptionalInt.empty();
        }
        long pid = Long.parseLong(name);
        return pid > 0 && pid <= Integer.MAX_VALUE ? OptionalInt.of((int) pid) : OptionalInt.empty();
    }

    /**
     * The plan of such a statement with its parameter.
     *
     * @param in a Bind message, from behind its names on
     * @return {@code plan} itself where no process can be read from it
     */
    public static Plan bound(Plan plan, ByteBuf in, int from, int to) {
        if (!is(plan) || !PARAMETER.equals(plan.name())) {
            return plan;
        }
        ByteBuf parameters = in.slice(from, to - from);
        if (parameters.readableBytes() < 2) {
            return plan;
        }
        int formats = parameters.readUnsignedShort();
        if (parameters.readableBytes() < 2 * formats + 6) {
            return plan;
        }
        boolean binary = formats > 0 && parameters.getShort(parameters.readerIndex()) == 1;
        parameters.skipBytes(2 * formats);
        int count = parameters.readUnsignedShort();
        int length = parameters.readInt();
        if (count < 1 || length < 1 || length > parameters.readableBytes()) {
            return plan;
        }
        @Nullable String pid = binary ? binary(parameters, length) : text(parameters, length);
        return pid == null ? plan : signal(plan.effect(), pid);
    }

    private static @Nullable String binary(ByteBuf value, int length) {
        return switch (length) {
            case 2 -> positive(value.readShort());
            case 4 -> positive(value.readInt());
            case 8 -> positive(value.readLong());
            default -> null;
        };
    }

    private static @Nullable String positive(long number) {
        return number > 0 ? Long.toString(number) : null;
    }

    private static @Nullable String text(ByteBuf value, int length) {
        String text = value.toString(value.readerIndex(), length, StandardCharsets.US_ASCII);
        return text.matches("\\d{1,10}") ? text : null;
    }

    private static Plan signal(Plan.Effect effect, String pid) {
        return Plan.of(Destination.PRIMARY, Rule.SIGNAL, effect, pid);
    }
}
