package io.trunkline.config;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One finding about a configuration file, printed as
 * {@code FILE:LINE: error|warning: parameter "x": what is wrong and what is allowed}. Texts never contain the value of
 * a secret parameter.
 */
public final class Diagnostic {
    private final Severity severity;
    private final SourceLocation location;
    private final @Nullable String parameter;
    private final String text;

    private Diagnostic(Severity severity, SourceLocation location, @Nullable String parameter, String text) {
        this.severity = severity;
        this.location = location;
        this.parameter = parameter;
        this.text = text;
    }

    public static Diagnostic of(Severity severity, SourceLocation location, String text) {
        return new Diagnostic(severity, location, null, text);
    }

    public static Diagnostic about(Severity severity, SourceLocation location, String parameter, String text) {
        return new Diagnostic(severity, location, parameter, text);
    }

    public Severity severity() {
        return severity;
    }

    public SourceLocation location() {
        return location;
    }

    /** The parameter as it is written in the file, where the finding is about one. */
    public Optional<String> parameter() {
        return Optional.ofNullable(parameter);
    }

    public String text() {
        return text;
    }

    /** The same without the severity, for a log that shows it in its own way. */
    public String messageForLog() {
        return location + ": " + subjectAndText();
    }

    @Override
    public String toString() {
        return location + ": " + severity + ": " + subjectAndText();
    }

    private String subjectAndText() {
        return parameter == null ? text : "parameter \"" + parameter + "\": " + text;
    }
}
