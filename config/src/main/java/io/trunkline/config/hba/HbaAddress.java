package io.trunkline.config.hba;

import java.util.Arrays;
import java.util.Locale;

/** From where a client connects, as a rule for TCP/IP puts it. */
public sealed interface HbaAddress {
    /** The words that stand for addresses. */
    enum Keyword implements HbaAddress {
        /** Any address. */
        ALL,
        /** The addresses of this machine. */
        SAMEHOST,
        /** The networks that this machine is connected to. */
        SAMENET;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Addresses that are equal in the bits of a mask, which need not be a prefix. An IPv4 network has no IPv6 addresses,
     * and the reverse, not even those that stand for one another.
     */
    final class Network implements HbaAddress {
        private final byte[] address;
        private final byte[] mask;

        Network(byte[] address, byte[] mask) {
            this.address = address;
            this.mask = mask;
        }

        /**
         * Whether an address lies in it.
         *
         * @param client 4 bytes for IPv4, 16 for IPv6
         */
        public boolean contains(byte[] client) {
            if (client.length != address.length) {
                return false;
            }
            for (int i = 0; i < client.length; i++) {
                if (((client[i] ^ address[i]) & mask[i]) != 0) {
                    return false;
                }
            }
            return true;
        }

        /** The address in figures, as it was written. */
        public String address() {
            return NumericAddress.print(address);
        }

        /** The mask in figures. */
        public String mask() {
            return NumericAddress.print(mask);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Network that
                    && Arrays.equals(address, that.address)
                    && Arrays.equals(mask, that.mask);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(address) + Arrays.hashCode(mask);
        }

        /** As it can stand in a file. */
        @Override
        public String toString() {
            return address() + " " + mask();
        }
    }

    /**
     * Clients with this host name, or with a name that ends so if it begins with a dot.
     *
     * @param name in any case
     */
    record HostName(String name) implements HbaAddress {
        /**
         * Whether a client has such a name. A name with other letters than ASCII is nobody's: some of them would be
         * equal to ASCII ones if case is left aside.
         */
        public boolean isNameOf(String client) {
            if (client.chars().anyMatch(c -> c >= 0x80)) {
                return false;
            }
            int from = client.length() - name.length();
            return name.startsWith(".")
                    ? from > 0 && client.regionMatches(true, from, name, 0, name.length())
                    : client.equalsIgnoreCase(name);
        }

        @Override
        public String toString() {
            return "\"" + name.replace("\"", "\"\"") + "\"";
        }
    }
}
