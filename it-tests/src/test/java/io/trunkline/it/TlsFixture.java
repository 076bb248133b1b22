package io.trunkline.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.trunkline.config.certificates.Issued;
import io.trunkline.config.certificates.TestAuthority;
import io.trunkline.localcluster.LocalNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** An authority, a certificate of it for Trunkline at localhost and 127.0.0.1, and certificates for clients. */
final class TlsFixture {
    final TestAuthority authority = TestAuthority.named("Test authority");
    final Issued server = authority.issue("CN=localhost", "localhost", "127.0.0.1");
    final Issued client = authority.issue("CN=" + Cluster.USER + ",O=Example");
    final Path directory;

    TlsFixture() {
        try {
            directory = Files.createTempDirectory("trunkline-tls");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        authority.own().writeCertificate(directory.resolve("ca.crt"));
        server.writeCertificate(directory.resolve("server.crt"));
        server.writeKey(directory.resolve("server.key"));
        client.writeCertificate(directory.resolve("client.crt"));
        client.writeKey(directory.resolve("client.key"));
    }

    /** Gives a node a certificate for localhost, and not for its address, and has it offer TLS. */
    void serve(LocalNode node) {
        Issued issued = authority.issue("RSA", "CN=localhost", Instant.now().plus(Duration.ofDays(30)), "localhost");
        Path data = node.dataDirectory();
        try {
            for (Path file : List.of(
                    issued.writeCertificate(data.resolve("server.crt")),
                    issued.writeKey(data.resolve("server.key")),
                    authority.own().writeCertificate(data.resolve("root.crt")))) {
                Files.setOwner(file, Files.getOwner(data));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        node.query("ALTER SYSTEM SET ssl_ca_file = 'root.crt'");
        switchTls(node, true);
    }

    /** Waits until it is so. */
    static void switchTls(LocalNode node, boolean on) {
        node.query("ALTER SYSTEM SET ssl = " + (on ? "on" : "off"));
        node.query("SELECT pg_reload_conf()");
        Eventually.holds(() -> assertThat(Cluster.ask(node, "SHOW ssl")).isEqualTo(on ? "on" : "off"));
    }

    String path(String name) {
        return directory.resolve(name).toString();
    }

    /** The lines of pgpool.conf that offer TLS, and these. */
    String[] settings(String... more) {
        List<String> lines = new ArrayList<>(List.of(
                "ssl = on",
                "ssl_cert = '" + path("server.crt") + "'",
                "ssl_key = '" + path("server.key") + "'",
                "backend_sslmode = disable"));
        lines.addAll(List.of(more));
        return lines.toArray(String[]::new);
    }

    /** TLS for a client that trusts the authority, and shows a certificate or none. */
    SSLContext context(@Nullable Issued shown) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry("ca", authority.own().certificate());
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(store);
            KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
            if (shown != null) {
                store.setKeyEntry("key", shown.keys().getPrivate(), new char[0], new java.security.cert.Certificate[] {
                    shown.certificate()
                });
            }
            keys.init(store, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
