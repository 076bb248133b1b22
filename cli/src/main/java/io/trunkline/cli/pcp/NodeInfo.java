package io.trunkline.cli.pcp;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A node, as PCP sends it: nine strings up to 4.2, twelve in 4.3, and thirteen since 4.4, where the one that says whether the
 * delay is a time has come in between.
 */
final class NodeInfo {
    /** The words of the status, by number. */
    private static final List<String> STATUS = List.of("unused", "waiting", "up", "down");

    private static final int DOWN = 3;
    private static final List<String> ROLES = List.of("main", "replica", "primary", "standby");
    private static final double WEIGHT_UNIT = Integer.MAX_VALUE;
    private static final long MICROS = 1_000_000;

    private static final List<String> OLD_TITLES = List.of(
            "Hostname",
            "Port",
            "Status",
            "Weight",
            "Status Name",
            "Role",
            "Replication Delay",
            "Replication State",
            "Replication Sync State",
            "Last Status Change");

    private static final List<String> TITLES = List.of(
            "Hostname",
            "Port",
            "Status",
            "Weight",
            "Status Name",
            "Backend Status Name",
            "Role",
            "Backend Role",
            "Replication Delay",
            "Replication State",
            "Replication Sync State",
            "Last Status Change");

    private enum Layout {
        /** Up to 4.2. */
        OLD(9),
        /** 4.3. */
        WITH_SERVER(12),
        /** Since 4.4. */
        WITH_DELAY_BY_TIME(13);

        private final int strings;

        Layout(int strings) {
            this.strings = strings;
        }

        /** Newer releases may send more. */
        static Layout of(int strings) throws PcpFailure {
            Layout found = null;
            for (Layout layout : values()) {
                found = layout.strings <= strings ? layout : found;
            }
            if (found == null) {
                throw PcpFailure.badReply();
            }
            return found;
        }
    }

    private final List<String> row;
    private final Layout layout;

    private NodeInfo(List<String> row, Layout layout) {
        this.row = row;
        this.layout = layout;
    }

    static NodeInfo parse(List<String> row) throws PcpFailure {
        return new NodeInfo(row, Layout.of(row.size()));
    }

    String host() {
        return row.get(0);
    }

    List<String> titles() {
        return layout == Layout.OLD ? OLD_TITLES : TITLES;
    }

    List<String> texts(boolean verbose) throws PcpFailure {
        boolean old = layout == Layout.OLD;
        int status = Output.integer(row, 2);
        List<String> texts = new ArrayList<>();
        texts.add(host());
        texts.add(Integer.toString(Output.integer(row, 1)));
        texts.add(Integer.toString(status));
        texts.add(weight(row.get(old ? 3 : 5)));
        texts.add(status == DOWN && !old && Output.integer(row, 3) != 0 ? "quarantine" : word(STATUS, status));
        if (!old) {
            texts.add(row.get(4));
        }
        texts.add(word(ROLES, Output.integer(row, old ? 4 : 6)));
        if (!old) {
            texts.add(row.get(7));
        }
        int delay = old ? 5 : layout == Layout.WITH_SERVER ? 8 : 9;
        texts.add(delay(delay, verbose));
        texts.add(orNone(row.get(delay + 1)));
        texts.add(orNone(row.get(delay + 2)));
        texts.add(time(Output.number(row, delay + 3, Integer.MAX_VALUE * 2L)));
        return texts;
    }

    /** Rounded as the C library does it. */
    private static String weight(String text) throws PcpFailure {
        try {
            return new BigDecimal(Double.parseDouble(text) / WEIGHT_UNIT)
                    .setScale(6, RoundingMode.HALF_EVEN)
                    .toPlainString();
        } catch (NumberFormatException e) {
            throw PcpFailure.badReply();
        }
    }

    private static String word(List<String> words, int number) {
        return number >= 0 && number < words.size() ? words.get(number) : "unknown";
    }

    /** 4.1 and 4.2 leave it empty. */
    private String orNone(String text) {
        return text.isEmpty() && layout != Layout.OLD ? "none" : text;
    }

    private String delay(int place, boolean verbose) throws PcpFailure {
        long delay = Output.number(row, place, Long.MAX_VALUE);
        if (layout != Layout.WITH_DELAY_BY_TIME || Output.integer(row, 8) == 0) {
            return Long.toString(delay);
        }
        String seconds = BigDecimal.valueOf(delay, 6).toPlainString();
        return seconds + (!verbose ? "" : delay >= 2 * MICROS ? " seconds" : " second");
    }

    private static String time(long epochSecond) {
        return DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT)
                .withZone(ZoneId.systemDefault())
                .format(Instant.ofEpochSecond(epochSecond));
    }
}
