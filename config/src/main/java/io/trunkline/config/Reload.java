package io.trunkline.config;

import io.trunkline.config.ParameterTable.Target;
import io.trunkline.config.PgpoolConfig.Entry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What becomes of a running configuration when its file has been read again. Parameters that take effect at a reload
 * get their new values, the others keep the running ones until a restart. A backend slot in use keeps host and port; an
 * unused one may be filled, and its node then enters as down until it is attached. A file with errors has no
 * configuration and so never comes here: a reload changes everything it can or nothing.
 */
public final class Reload {
    /**
     * A value that differs between the running configuration and the file.
     *
     * @param parameter its name, with the node's id where it has one
     * @param running as PGPOOL SHOW prints it, masked for a secret
     * @param requested the value in the file, likewise
     */
    public record Change(String parameter, String running, String requested) {
        @Override
        public String toString() {
            return parameter + ": " + running + " -> " + requested;
        }
    }

    private final PgpoolConfig effective;
    private final List<Change> changed;
    private final List<Change> needingRestart;
    private final List<NodeSettings> addedNodes;

    private Reload(
            PgpoolConfig effective, List<Change> changed, List<Change> needingRestart, List<NodeSettings> addedNodes) {
        this.effective = effective;
        this.changed = changed;
        this.needingRestart = needingRestart;
        this.addedNodes = addedNodes;
    }

    /** Works out the reload; neither configuration is changed. */
    public static Reload apply(PgpoolConfig running, PgpoolConfig fresh) {
        Set<Integer> used = running.nodes().stream().map(NodeSettings::id).collect(Collectors.toSet());
        Set<Target> targets = new LinkedHashSet<>(running.entries().keySet());
        targets.addAll(fresh.entries().keySet());

        Map<Target, Entry> merged = new HashMap<>();
        List<Change> changed = new ArrayList<>();
        List<Change> needingRestart = new ArrayList<>();
        for (Target target : targets) {
            boolean kept = isKept(target, used);
            Entry entry = (kept ? running : fresh).entries().get(target);
            if (entry != null) {
                merged.put(target, entry);
            }
            if (!Objects.equals(running.value(target), fresh.value(target))) {
                (kept ? needingRestart : changed).add(change(target, running, fresh));
            }
        }
        changed.sort(Comparator.comparing(Change::parameter));
        needingRestart.sort(Comparator.comparing(Change::parameter));
        PgpoolConfig effective = new PgpoolConfig(merged);
        List<NodeSettings> added = effective.nodes().stream()
                .filter(node -> !used.contains(node.id()))
                .toList();
        return new Reload(effective, List.copyOf(changed), List.copyOf(needingRestart), added);
    }

    private static boolean isKept(Target target, Set<Integer> usedSlots) {
        ParameterDefinition<?> definition = target.definition();
        if (definition == BackendParameters.BACKEND_HOSTNAME || definition == BackendParameters.BACKEND_PORT) {
            return usedSlots.contains(target.node());
        }
        return definition.context() == ReloadContext.STARTUP;
    }

    private static Change change(Target target, PgpoolConfig running, PgpoolConfig fresh) {
        String name = target.definition().name() + (target.node() == ParameterTable.NO_NODE ? "" : target.node());
        return new Change(name, running.show(target), fresh.show(target));
    }

    /** The configuration to go on with. */
    public PgpoolConfig effective() {
        return effective;
    }

    /** What is different from now on, by name. */
    public List<Change> changed() {
        return changed;
    }

    /** What the file asks for and only a restart brings, by name. */
    public List<Change> needingRestart() {
        return needingRestart;
    }

    /** Nodes whose slots were unused before. */
    public List<NodeSettings> addedNodes() {
        return addedNodes;
    }
}
