package io.trunkline.pcp;

import java.util.List;

/**
 * What came of a reload: everything in the files holds from now on, or nothing does.
 *
 * @param accepted false if there was an error; the server goes on as before then
 * @param messages the errors, or what has changed and what needs a restart; one line each, secrets masked
 */
public record ReloadOutcome(boolean accepted, List<String> messages) {
    public ReloadOutcome {
        messages = List.copyOf(messages);
    }
}
