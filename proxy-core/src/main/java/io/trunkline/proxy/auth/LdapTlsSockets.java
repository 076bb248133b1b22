package io.trunkline.proxy.auth;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.NoSuchAlgorithmException;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;

/**
 * TLS sockets for {@link LdapSession}, with the authorities that Java trusts at the time. JNDI makes one by the name of the
 * class, which is why it is public. A server that falls silent in the handshake of StartTLS, for which JNDI knows no time
 * limit, is given up after {@value #READ_TIMEOUT_MILLIS} ms.
 */
public final class LdapTlsSockets extends SSLSocketFactory {
    static final int READ_TIMEOUT_MILLIS = 10_000;

    private final SSLSocketFactory sockets;

    public LdapTlsSockets() {
        try {
            sockets = SSLContext.getDefault().getSocketFactory();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Java's default TLS context cannot be made", e);
        }
    }

    /** What JNDI calls. */
    public static SocketFactory getDefault() {
        return new LdapTlsSockets();
    }

    @Override
    public Socket createSocket(Socket connected, String host, int port, boolean autoClose) throws IOException {
        connected.setSoTimeout(READ_TIMEOUT_MILLIS);
        return sockets.createSocket(connected, host, port, autoClose);
    }

    @Override
    public Socket createSocket() throws IOException {
        return sockets.createSocket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return sockets.createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return sockets.createSocket(host, port, localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return sockets.createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
        return sockets.createSocket(host, port, localHost, localPort);
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return sockets.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return sockets.getSupportedCipherSuites();
    }
}
