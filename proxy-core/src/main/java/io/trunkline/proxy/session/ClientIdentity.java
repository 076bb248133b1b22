package io.trunkline.proxy.session;

import java.security.SecureRandom;

/**
 * Who a session belongs to: the number and key that BackendKeyData gives to the client, and what is known of it for
 * logs.
 *
 * @param number the session's number, positive, unique while it lasts; stands where a server tells its process id
 * @param cancelKey 4 bytes in protocol 3.0, 32 since 3.2
 */
record ClientIdentity(int number, byte[] cancelKey, String user, String database, String address) {
    private static final SecureRandom RANDOM = new SecureRandom();

    static byte[] newCancelKey(int length) {
        byte[] key = new byte[length];
        RANDOM.nextBytes(key);
        return key;
    }

    ClientIdentity at(String newAddress) {
        return new ClientIdentity(number, cancelKey, user, database, newAddress);
    }

    /** {@code [42 user@database 10.0.0.7:5123]}: names the session to people. The key never appears. */
    @Override
    public String toString() {
        return "[" + number + " " + user + "@" + database + " " + address + "]";
    }
}
