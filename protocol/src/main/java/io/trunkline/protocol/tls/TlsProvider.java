package io.trunkline.protocol.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.util.Locale;

/** Who does the cryptography of TLS. */
public enum TlsProvider {
    /** OpenSSL's interface, as BoringSSL has it, in a native library that need not be there. */
    OPENSSL(SslProvider.OPENSSL),
    /** The Java runtime. */
    JDK(SslProvider.JDK);

    /** System property that names one of these, for comparisons; without it the best that works is taken. */
    public static final String PROPERTY = "trunkline.tls.provider";

    final SslProvider netty;

    TlsProvider(SslProvider netty) {
        this.netty = netty;
    }

    /** The provider of this process. Loads the native library, so it is to be asked only where TLS is in use. */
    public static TlsProvider best() {
        String wanted = System.getProperty(PROPERTY, OPENSSL.name()).toUpperCase(Locale.ROOT);
        return wanted.equals(OPENSSL.name()) && OpenSsl.isAvailable() ? OPENSSL : JDK;
    }

    /** For the log. */
    public String description() {
        return this == OPENSSL
                ? OpenSsl.versionString()
                : "Java " + Runtime.version().feature();
    }
}
