package io.trunkline.config.hba;

import io.trunkline.config.SourceLocation;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One line of pool_hba.conf: which connections it is for, and how their clients prove who they are. Immutable. Two are
 * equal if they say the same in the same line.
 *
 * @param at the line, for messages
 * @param type which kind of connection
 * @param databases not empty; one has to fit
 * @param users not empty; one has to fit
 * @param address from where; empty for {@link ConnectionType#LOCAL} and only then
 * @param method how the client proves who it is
 * @param options of the method
 */
public record HbaRule(
        SourceLocation at,
        ConnectionType type,
        List<NamePattern> databases,
        List<NamePattern> users,
        Optional<HbaAddress> address,
        HbaMethod method,
        HbaOptions options) {

    public HbaRule {
        databases = List.copyOf(databases);
        users = List.copyOf(users);
    }

    /** The line as it can stand in a file, without its options, which may hold a password. */
    @Override
    public String toString() {
        return type + " " + list(databases) + " " + list(users)
                + address.map(from -> " " + from).orElse("") + " " + method;
    }

    private static String list(List<NamePattern> patterns) {
        return patterns.stream().map(NamePattern::toString).collect(Collectors.joining(","));
    }
}
