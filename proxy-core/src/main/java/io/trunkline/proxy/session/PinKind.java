package io.trunkline.proxy.session;

import io.trunkline.proxy.route.Rule;
import java.util.Locale;

/** Kinds of state that live on one backend only: no other can be given them. */
public enum PinKind {
    TEMPORARY_TABLE("temporary tables"),
    WITH_HOLD_CURSOR("cursors WITH HOLD"),
    LISTEN("LISTEN registrations"),
    ADVISORY_LOCK("advisory locks"),
    /** What DO, CALL, set_config() and their like may have left behind. */
    UNKNOWN("state that Trunkline does not know");

    private final String text;

    PinKind(String text) {
        this.text = text;
    }

    /** In a few words, for people. */
    String text() {
        return text;
    }

    /** As a configuration file names it: {@code temporary_table}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static PinKind of(Rule rule) {
        return switch (rule) {
            case TEMPORARY -> TEMPORARY_TABLE;
            case HELD_CURSOR -> WITH_HOLD_CURSOR;
            case NOTIFICATION -> LISTEN;
            case ADVISORY_LOCK -> ADVISORY_LOCK;
            default -> UNKNOWN;
        };
    }
}
