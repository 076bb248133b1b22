package io.trunkline.proxy.handover;

import io.trunkline.proxy.session.CancelKeys;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;

/**
 * Takes cancel requests to the process that has the session, and those that come from there to this one.
 *
 * <pre>
 *   cancel NUMBER KEY      -> done, when that is carried out, or unknown
 * </pre>
 */
final class CancelRequests implements CancelKeys.Elsewhere {
    private static final String CANCEL = "cancel ";
    private static final String DONE = "done";

    private final HandoverLink link;
    private final CancelKeys keys;

    CancelRequests(HandoverLink link, CancelKeys keys) {
        this.link = link;
        this.keys = keys;
    }

    static boolean isOne(String asked) {
        return asked.startsWith(CANCEL);
    }

    /** One that the other process has passed on. */
    CompletableFuture<String> answer(String asked) {
        String[] words = asked.split(" ");
        int number = Integer.parseInt(words[1]);
        byte[] key = HexFormat.of().parseHex(words[2]);
        CompletableFuture<String> answer = new CompletableFuture<>();
        if (keys.cancel(number, key, () -> answer.complete(DONE))) {
            return answer;
        }
        return keys.cancelElsewhere(number, key, this).thenApply(found -> found ? DONE : "unknown");
    }

    @Override
    public CompletableFuture<Boolean> cancel(int number, byte[] key) {
        return link.ask(CANCEL + number + " " + HexFormat.of().formatHex(key)).thenApply(DONE::equals);
    }
}
