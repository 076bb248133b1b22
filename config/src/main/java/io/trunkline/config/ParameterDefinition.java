package io.trunkline.config;

import java.util.List;
import java.util.Optional;

/**
 * One row of the parameter table: everything that reader, reload, SHOW and the generated page know about a parameter.
 * Immutable; compared by identity, since each parameter is declared once.
 *
 * @param <T> the type of its values
 */
public abstract sealed class ParameterDefinition<T> permits Parameter, NodeParameter {
    private final Declaration<T> declared;
    private final T defaultValue;

    ParameterDefinition(Declaration<T> declared) {
        this.declared = declared;
        try {
            this.defaultValue = declared.type.parse(declared.defaultText);
        } catch (InvalidValueException e) {
            throw new IllegalStateException("parameter " + declared.name + " is declared with a bad default", e);
        }
    }

    public final String name() {
        return declared.name;
    }

    /** Names of older releases that mean exactly this parameter. */
    public final List<String> oldNames() {
        return declared.oldNames;
    }

    /**
     * Names of the watchdog before 4.2, when each Pgpool-II described itself without an id: they now set node 0.
     */
    public final List<String> oldOwnNames() {
        return declared.oldOwnNames;
    }

    /** Names of the watchdog before 4.2 for the other Pgpool-II, numbered from 0: number N now sets node N+1. */
    public final List<String> oldPeerNames() {
        return declared.oldPeerNames;
    }

    public final ValueType<T> type() {
        return declared.type;
    }

    public final T defaultValue() {
        return defaultValue;
    }

    public final ReloadContext context() {
        return declared.context;
    }

    public final Group group() {
        return declared.group;
    }

    /** One or two sentences on what it does. */
    public final String meaning() {
        return declared.meaning;
    }

    public final BuildState state() {
        return declared.state;
    }

    /** Whether the parameter is Trunkline's own and unknown to Pgpool-II. */
    public final boolean isOwn() {
        return declared.own;
    }

    /** Whether the value must not be shown or logged. */
    public final boolean isSecret() {
        return declared.secret;
    }

    /** The parameter that switches the feature on to which this one belongs, if it is not that switch itself. */
    public final Optional<String> partOf() {
        return Optional.ofNullable(declared.partOf);
    }

    @Override
    public final String toString() {
        return declared.name;
    }
}
