package io.trunkline.proxy.process;

/**
 * An answer over the control socket.
 *
 * @param ok whether it was done
 * @param body what there is to say; lines of text, or JSON where the request asks for that
 */
public record ControlAnswer(boolean ok, String body) {
    static ControlAnswer done(String body) {
        return new ControlAnswer(true, body);
    }

    static ControlAnswer failed(String reason) {
        return new ControlAnswer(false, reason);
    }

    String encoded() {
        return (ok ? "ok\n" : "failed\n") + body;
    }

    static ControlAnswer decode(String text) {
        int end = text.indexOf('\n');
        String first = end < 0 ? text : text.substring(0, end);
        String body = end < 0 ? "" : text.substring(end + 1);
        return switch (first) {
            case "ok" -> done(body);
            case "failed" -> failed(body);
            default -> failed("the answer was cut off");
        };
    }
}
