package io.trunkline.failover.command;

import io.trunkline.failover.CommandCall;
import java.time.Duration;

/** Commands as tests need them. */
final class Calls {
    static final CommandCall.Node FIRST = new CommandCall.Node(0, "db0", 5432, "/srv/pg0");
    static final CommandCall.Node SECOND = new CommandCall.Node(1, "db1", 5433, "/srv/pg1");

    /** The primary, node 0, has failed and node 1 is to take over. */
    static final CommandCall.Values FAILED_PRIMARY = new CommandCall.Values(FIRST, SECOND, 0, FIRST);

    private Calls() {}

    static CommandCall.Values detached(String host, String directory) {
        return new CommandCall.Values(new CommandCall.Node(0, host, 5432, directory), SECOND, 0, FIRST);
    }

    static CommandCall failover(String template, Duration limit) {
        return new CommandCall(CommandCall.Kind.FAILOVER, template, FAILED_PRIMARY, limit);
    }
}
