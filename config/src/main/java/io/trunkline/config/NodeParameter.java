package io.trunkline.config;

/**
 * A parameter with a value for each node, written with the node's id at its end, such as {@code backend_port0}.
 *
 * @param <T> the type of a value
 */
public final class NodeParameter<T> extends ParameterDefinition<T> {
    /** Ids run from 0 to one less than this; the bound is Pgpool-II's. */
    public static final int MAX_NODES = 128;

    private final boolean bareDefault;

    NodeParameter(Declaration<T> declared, boolean bareDefault) {
        super(declared);
        this.bareDefault = bareDefault;
    }

    /** Whether the name without an id may be set too, for all nodes that have no value of their own. */
    public boolean hasBareDefault() {
        return bareDefault;
    }
}
