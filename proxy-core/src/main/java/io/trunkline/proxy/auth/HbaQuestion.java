package io.trunkline.proxy.auth;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A connection about which pool_hba.conf is asked. Immutable. */
public final class HbaQuestion {
    private static final byte[] IPV4_IN_IPV6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

    private final byte @Nullable [] address;
    private final boolean tls;
    private final String database;
    private final String user;

    private HbaQuestion(byte @Nullable [] address, boolean tls, String database, String user) {
        this.address = address;
        this.tls = tls;
        this.database = database;
        this.user = user;
    }

    /** A connection over a Unix socket. */
    public static HbaQuestion local(String database, String user) {
        return new HbaQuestion(null, false, database, user);
    }

    /**
     * A connection over TCP/IP.
     *
     * @param address of the client; an IPv4 address in the form of IPv6, as a socket for both shows it, is an IPv4 address
     */
    public static HbaQuestion tcp(InetAddress address, boolean tls, String database, String user) {
        byte[] bytes = address.getAddress();
        boolean mapped = bytes.length == 16 && Arrays.equals(bytes, 0, 12, IPV4_IN_IPV6, 0, 12);
        return new HbaQuestion(mapped ? Arrays.copyOfRange(bytes, 12, 16) : bytes, tls, database, user);
    }

    public boolean isLocal() {
        return address == null;
    }

    public boolean isTls() {
        return tls;
    }

    public String database() {
        return database;
    }

    public String user() {
        return user;
    }

    /** The client's address; empty for a Unix socket. */
    public Optional<InetAddress> address() {
        byte[] bytes = address;
        if (bytes == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByAddress(bytes));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + bytes.length + " bytes", e);
        }
    }

    /** 4 bytes for IPv4, 16 for IPv6, none for a Unix socket. */
    byte @Nullable [] addressBytes() {
        return address;
    }

    /** The connection as PostgreSQL names it in the texts of its refusals. */
    @Override
    public String toString() {
        String host = address().map(NetUtil::toAddressString).orElse("[local]");
        return "host \"" + host + "\", user \"" + user + "\", database \"" + database + "\", "
                + (tls ? "SSL encryption" : "no encryption");
    }
}
