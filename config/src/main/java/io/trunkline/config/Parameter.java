package io.trunkline.config;

/**
 * A parameter with one value, such as {@link ConnectionParameters#PORT}.
 *
 * @param <T> the type of its value
 */
public final class Parameter<T> extends ParameterDefinition<T> {
    Parameter(Declaration<T> declared) {
        super(declared);
    }
}
