package io.trunkline.config;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** The words of {@link BackendFlag} with a bar between them. */
final class BackendFlagsType implements ValueType<Set<BackendFlag>> {
    static final BackendFlagsType INSTANCE = new BackendFlagsType();

    private BackendFlagsType() {}

    @Override
    public Set<BackendFlag> parse(String text) throws InvalidValueException {
        EnumSet<BackendFlag> flags = EnumSet.noneOf(BackendFlag.class);
        for (String word : TextListType.split(text, '|', false)) {
            switch (word) {
                case "ALLOW_TO_FAILOVER" -> flags.add(BackendFlag.ALLOW_TO_FAILOVER);
                case "DISALLOW_TO_FAILOVER" -> flags.add(BackendFlag.DISALLOW_TO_FAILOVER);
                case "ALWAYS_PRIMARY", "ALWAYS_MASTER" -> flags.add(BackendFlag.ALWAYS_PRIMARY);
                default -> throw new InvalidValueException("\"" + word + "\" is no flag; allowed is " + allowed());
            }
        }
        if (flags.contains(BackendFlag.ALLOW_TO_FAILOVER) && flags.contains(BackendFlag.DISALLOW_TO_FAILOVER)) {
            throw new InvalidValueException("ALLOW_TO_FAILOVER and DISALLOW_TO_FAILOVER exclude each other");
        }
        return Collections.unmodifiableSet(flags);
    }

    @Override
    public String show(Set<BackendFlag> value) {
        return value.stream().map(BackendFlag::name).collect(Collectors.joining("|"));
    }

    @Override
    public String kind() {
        return "flags";
    }

    @Override
    public String allowed() {
        return "ALLOW_TO_FAILOVER or DISALLOW_TO_FAILOVER, and ALWAYS_PRIMARY, joined with |";
    }

    @Override
    public boolean isOff(Set<BackendFlag> value) {
        return value.isEmpty();
    }
}
