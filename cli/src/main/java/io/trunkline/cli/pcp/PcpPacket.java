package io.trunkline.cli.pcp;

import io.trunkline.cli.program.RawText;
import java.util.ArrayList;
import java.util.List;

/**
 * What the server has sent: a letter, and mostly strings that end with a zero byte.
 *
 * @param type the letter
 * @param content what follows the length
 */
record PcpPacket(char type, byte[] content) {

    /** The strings in it. One that has lost its end is not taken for one. */
    List<String> strings() {
        String text = RawText.of(content);
        List<String> strings = new ArrayList<>();
        for (int start = 0, end; (end = text.indexOf('\0', start)) >= 0; start = end + 1) {
            strings.add(text.substring(start, end));
        }
        return strings;
    }

    /** The field of an error or a notice with this code; empty if there is none. */
    String field(char code) {
        for (String field : strings()) {
            if (!field.isEmpty() && field.charAt(0) == code) {
                return field.substring(1);
            }
        }
        return "";
    }

    /** An error or a notice as the programs show it. */
    String report() {
        String detail = field('D');
        return field('S') + ":  " + field('M') + "\n" + (detail.isEmpty() ? "" : "DETAIL:  " + detail + "\n");
    }
}
