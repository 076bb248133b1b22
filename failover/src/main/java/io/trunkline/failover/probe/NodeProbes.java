package io.trunkline.failover.probe;

import io.netty.channel.EventLoop;
import io.trunkline.failover.CheckSettings;
import io.trunkline.failover.HealthOutcome;
import io.trunkline.failover.HealthSettings;
import io.trunkline.failover.Outside.ReportAnswer;
import io.trunkline.pool.BackendOpener;
import io.trunkline.pool.NodeAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Tries and asks the nodes of a cluster. Nothing blocks, and every question is answered once, on the event loop and after
 * the call has returned. To be called on the event loop.
 */
public final class NodeProbes {
    /** A node as it is probed. */
    public record Target(NodeAddress address, HealthSettings health) {}

    private final EventLoop loop;
    private final BackendOpener opener;
    private final List<RoleProbe> roles = new ArrayList<>();
    private final Set<HealthProbe> underWay = new HashSet<>();
    private List<Target> nodes;
    private CheckSettings check;
    private boolean closed;

    /** @param nodes by id, without gaps */
    public NodeProbes(EventLoop loop, BackendOpener opener, List<Target> nodes, CheckSettings check) {
        this.loop = loop;
        this.opener = opener;
        this.nodes = List.copyOf(nodes);
        this.check = check;
        addRoles();
    }

    /** Tries once to reach the server of a node, as its {@link HealthSettings} say. */
    public void checkHealth(int node, Consumer<HealthOutcome> answer) {
        loop.execute(() -> {
            if (!closed) {
                Target target = nodes.get(node);
                HealthProbe[] probe = new HealthProbe[1];
                probe[0] = new HealthProbe(loop, opener, target.address(), target.health(), outcome -> {
                    underWay.remove(probe[0]);
                    answer.accept(outcome);
                });
                underWay.add(probe[0]);
                probe[0].begin();
            }
        });
    }

    /**
     * Asks a node for its role and what goes with it; a question that is under way is shared. Fails, without having asked,
     * where {@link CheckSettings#user()} is empty.
     */
    public void ask(int node, ReportAnswer answer) {
        loop.execute(() -> {
            if (closed) {
                return;
            }
            if (check.user().isEmpty()) {
                answer.failed("neither sr_check_user nor health_check_user is set", false);
            } else {
                roles.get(node).ask(nodes.get(node).address(), check, answer);
            }
        });
    }

    /** Takes new settings over, for what is asked from now on. Nodes may be added. */
    public void reload(List<Target> freshNodes, CheckSettings freshCheck) {
        nodes = List.copyOf(freshNodes);
        check = freshCheck;
        addRoles();
        roles.forEach(RoleProbe::renew);
    }

    /** Ends everything; what is under way gets no answer any more. */
    public void close() {
        closed = true;
        List.copyOf(underWay).forEach(HealthProbe::giveUp);
        underWay.clear();
        roles.forEach(RoleProbe::close);
    }

    private void addRoles() {
        while (roles.size() < nodes.size()) {
            roles.add(new RoleProbe(loop, opener));
        }
    }
}
