package io.trunkline.config;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** Short names for the value types, so that the declarations read as a table. */
final class Types {
    static final int MAX = Integer.MAX_VALUE;

    private Types() {}

    static ValueType<Boolean> bool() {
        return BooleanType.INSTANCE;
    }

    static ValueType<String> text() {
        return TextType.INSTANCE;
    }

    static ValueType<Integer> integer(int min, int max) {
        return IntegerType.between(min, max);
    }

    /** A TCP or UDP port that has to be given. */
    static ValueType<Integer> port() {
        return IntegerType.between(1024, 65535);
    }

    /** A TCP or UDP port, or 0 for none. */
    static ValueType<Integer> portOrNone() {
        return IntegerType.zeroOrBetween(1024, 65535);
    }

    static <E extends Enum<E>> ValueType<E> oneOf(Class<E> values) {
        return EnumType.of(values);
    }

    static <E extends Enum<E>> ValueType<E> oneOf(Class<E> values, Map<String, E> oldWords) {
        return EnumType.of(values, oldWords);
    }

    static ValueType<List<String>> list(char separator) {
        return TextListType.separatedBy(separator);
    }

    static ValueType<PatternList> patterns(char separator) {
        return PatternListType.separatedBy(separator);
    }

    static ValueType<List<Redirect>> redirects() {
        return RedirectListType.INSTANCE;
    }

    static ValueType<List<NameLimit>> nameLimits() {
        return NameLimitListType.INSTANCE;
    }

    static ValueType<List<NamedPoolMode>> poolModes() {
        return PoolModeListType.INSTANCE;
    }

    static ValueType<List<ObjectRelationship>> relationships() {
        return RelationshipListType.INSTANCE;
    }

    static ValueType<Set<BackendFlag>> backendFlags() {
        return BackendFlagsType.INSTANCE;
    }
}
