package io.trunkline.config.hba;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** IP addresses in figures, and masks, as bytes: 4 of them for IPv4, 16 for IPv6. No name is ever looked up. */
final class NumericAddress {
    private static final int GROUPS = 8;

    private NumericAddress() {}

    /**
     * Reads an address.
     *
     * @param text four decimal numbers without leading zeros, or a lone 0 for all of them, as in {@code 0/0}, or IPv6 in
     *     any of its forms; a zone after % is left out. The other short forms of IPv4, in which the last number fills
     *     what is left, are not taken: few who write them mean that
     * @return null if it is neither
     */
    static byte @Nullable [] parse(String text) {
        if (text.indexOf(':') < 0) {
            return text.equals("0") ? new byte[4] : ipv4(text);
        }
        int zone = text.indexOf('%');
        return ipv6(zone < 0 ? text : text.substring(0, zone));
    }

    /** Whether a text was meant to be an address, and not the name of a host. */
    static boolean isMeant(String text) {
        return text.indexOf(':') >= 0
                || !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9' || c == '.');
    }

    private static byte @Nullable [] ipv4(String text) {
        String[] parts = text.split("\\.", -1);
        byte[] address = new byte[4];
        for (int i = 0; i < 4; i++) {
            int number = parts.length == 4 ? number(parts[i], 3, 10) : -1;
            if (number < 0 || number > 255 || parts[i].length() > 1 && parts[i].startsWith("0")) {
                return null;
            }
            address[i] = (byte) number;
        }
        return address;
    }

    private static byte @Nullable [] ipv6(String text) {
        int gap = text.indexOf("::");
        byte[] address = new byte[2 * GROUPS];
        if (gap < 0) {
            return groups(text, address) == address.length ? address : null;
        }
        byte[] end = new byte[2 * GROUPS];
        int before = groups(text.substring(0, gap), address);
        int after = groups(text.substring(gap + 2), end);
        if (before < 0
                || after < 0
                || before + after > 2 * (GROUPS - 1)
                || text.substring(0, gap).indexOf('.') >= 0) {
            return null;
        }
        System.arraycopy(end, 0, address, address.length - after, after);
        return address;
    }

    /** Writes groups parted by colons, of which the last may be an IPv4 address; returns the number of bytes, or -1. */
    private static int groups(String text, byte[] bytes) {
        if (text.isEmpty()) {
            return 0;
        }
        String[] parts = text.split(":", -1);
        int length = 0;
        for (int i = 0; i < parts.length; i++) {
            if (i == parts.length - 1 && parts[i].indexOf('.') >= 0) {
                byte[] ipv4 = ipv4(parts[i]);
                if (ipv4 == null || length + 4 > bytes.length) {
                    return -1;
                }
                System.arraycopy(ipv4, 0, bytes, length, 4);
                return length + 4;
            }
            int group = number(parts[i], 4, 16);
            if (group < 0 || length + 2 > bytes.length) {
                return -1;
            }
            bytes[length++] = (byte) (group >> 8);
            bytes[length++] = (byte) group;
        }
        return length;
    }

    /** A number of 1 to {@code digits} ASCII digits; -1 if it is none. */
    static int number(String text, int digits, int radix) {
        if (text.isEmpty() || text.length() > digits) {
            return -1;
        }
        int number = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) < 0x80 ? Character.digit(text.charAt(i), radix) : -1;
            if (digit < 0) {
                return -1;
            }
            number = number * radix + digit;
        }
        return number;
    }

    /** The mask of a prefix. */
    static byte[] mask(int prefix, int bytes) {
        byte[] mask = new byte[bytes];
        Arrays.fill(mask, 0, prefix / 8, (byte) 0xff);
        if (prefix % 8 != 0) {
            mask[prefix / 8] = (byte) (0xff << (8 - prefix % 8));
        }
        return mask;
    }

    static String print(byte[] address) {
        StringBuilder text = new StringBuilder();
        if (address.length == 4) {
            for (byte b : address) {
                text.append(text.isEmpty() ? "" : ".").append(b & 0xff);
            }
            return text.toString();
        }
        for (int i = 0; i < address.length; i += 2) {
            int group = (address[i] & 0xff) << 8 | address[i + 1] & 0xff;
            text.append(i == 0 ? "" : ":").append(Integer.toHexString(group));
        }
        return text.toString();
    }
}
