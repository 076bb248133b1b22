package io.trunkline.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A parameter while it is being declared. The group classes read as a table through it; see {@link Section}.
 *
 * @param <T> the type of its values
 */
final class Declaration<T> {
    final String name;
    final ValueType<T> type;
    final String defaultText;
    final ReloadContext context;
    final Group group;
    final String meaning;
    List<String> oldNames = List.of();
    List<String> oldOwnNames = List.of();
    List<String> oldPeerNames = List.of();
    BuildState state = BuildState.BUILT;
    boolean own;
    boolean secret;

    @Nullable
    String partOf;

    private final Section section;

    private Declaration(
            Section section,
            ReloadContext context,
            String name,
            ValueType<T> type,
            String defaultText,
            String meaning) {
        this.section = section;
        this.group = section.group;
        this.context = context;
        this.name = name;
        this.type = type;
        this.defaultText = defaultText;
        this.meaning = meaning;
    }

    Declaration<T> formerly(String... names) {
        oldNames = List.of(names);
        return this;
    }

    /** Old names without an id that meant this Pgpool-II itself, now the value of watchdog node 0. */
    Declaration<T> formerlyOwn(String... names) {
        oldOwnNames = List.of(names);
        return this;
    }

    /** Old names with the number of a peer, now the value of the watchdog node after it, since node 0 is this one. */
    Declaration<T> formerlyPeer(String... names) {
        oldPeerNames = List.of(names);
        return this;
    }

    Declaration<T> notBuilt() {
        state = BuildState.NOT_BUILT;
        return this;
    }

    /** Not built, and only in use while the parameter {@code name} is on, which then speaks for it. */
    Declaration<T> notBuiltPartOf(String name) {
        partOf = name;
        return notBuilt();
    }

    Declaration<T> notNeeded() {
        state = BuildState.NOT_NEEDED;
        return this;
    }

    Declaration<T> own() {
        own = true;
        return this;
    }

    Declaration<T> secret() {
        secret = true;
        return this;
    }

    Parameter<T> single() {
        return section.add(new Parameter<>(this));
    }

    /** One value a node, each set on its own. */
    NodeParameter<T> perNode() {
        return section.add(new NodeParameter<>(this, false));
    }

    /** One value a node, and the bare name for the nodes without one. */
    NodeParameter<T> perNodeOrBare() {
        return section.add(new NodeParameter<>(this, true));
    }

    /** The declarations of one group, in order: what is built through it is in the table. */
    static final class Section {
        private final Group group;
        private final List<ParameterDefinition<?>> definitions = new ArrayList<>();

        Section(Group group) {
            this.group = group;
        }

        <T> Declaration<T> startup(String name, ValueType<T> type, String defaultText, String meaning) {
            return new Declaration<>(this, ReloadContext.STARTUP, name, type, defaultText, meaning);
        }

        <T> Declaration<T> reload(String name, ValueType<T> type, String defaultText, String meaning) {
            return new Declaration<>(this, ReloadContext.RELOAD, name, type, defaultText, meaning);
        }

        <T> Declaration<T> session(String name, ValueType<T> type, String defaultText, String meaning) {
            return new Declaration<>(this, ReloadContext.SESSION, name, type, defaultText, meaning);
        }

        List<ParameterDefinition<?>> definitions() {
            return List.copyOf(definitions);
        }

        private <P extends ParameterDefinition<?>> P add(P definition) {
            definitions.add(definition);
            return definition;
        }
    }
}
