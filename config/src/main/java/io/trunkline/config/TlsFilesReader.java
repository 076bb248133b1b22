package io.trunkline.config;

import io.trunkline.config.TlsParameters.BackendSslMode;
import io.trunkline.config.TlsParameters.BackendSslNegotiation;
import io.trunkline.config.tls.CipherSuites;
import io.trunkline.config.tls.PassphraseCommand;
import io.trunkline.config.tls.PemFile;
import io.trunkline.config.tls.PrivateKeyFile;
import io.trunkline.config.tls.TlsFileException;
import io.trunkline.config.tls.TlsIdentity;
import io.trunkline.config.tls.TlsTrust;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the files of {@link TlsFiles} and says all there is to say about them and the parameters that name them. */
final class TlsFilesReader {
    /** How long ssl_passphrase_command may take; somebody may have to type. */
    private static final Duration PASSPHRASE_LIMIT = Duration.ofSeconds(30);

    /** A certificate that ends sooner than this is warned about. */
    private static final Duration EXPIRY_NOTICE = Duration.ofDays(14);

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

    private final Path pgpoolConf;
    private final PgpoolConfig config;
    private final Instant now = Instant.now();
    private final List<Diagnostic> diagnostics = new ArrayList<>();
    private boolean failed;

    TlsFilesReader(Path pgpoolConf, PgpoolConfig config) {
        this.pgpoolConf = pgpoolConf;
        this.config = config;
    }

    TlsFiles.Reading read() {
        boolean clients = config.get(TlsParameters.SSL);
        boolean backends = false;
        for (NodeSettings node : config.nodes()) {
            backends |= mode(node.id()) != BackendSslMode.DISABLE;
        }
        Optional<TlsIdentity> identity = Optional.empty();
        TlsTrust clientTrust = TlsTrust.NONE;
        if (clients) {
            checkCiphers();
            checkVersions();
            identity = identity(TlsParameters.SSL_CERT, TlsParameters.SSL_KEY, true);
        }
        if (clients || backends) {
            clientTrust = trust(
                    authorities(TlsParameters.SSL_CA_CERT, Optional.of(TlsParameters.SSL_CA_CERT_DIR)),
                    TlsParameters.SSL_CRL_FILE);
        }
        Optional<TlsIdentity> backendIdentity = Optional.empty();
        TlsTrust backendTrust = TlsTrust.NONE;
        if (backends) {
            backendIdentity = identity(TlsParameters.BACKEND_SSL_CERT, TlsParameters.BACKEND_SSL_KEY, false);
            backendTrust = backendTrust(clientTrust);
            checkBackends(backendTrust);
        }
        return new TlsFiles.Reading(
                failed ? TlsFiles.NONE : new TlsFiles(identity, clientTrust, backendIdentity, backendTrust),
                List.copyOf(diagnostics));
    }

    private BackendSslMode mode(int node) {
        return config.backendSslMode(node);
    }

    // ---- certificates and keys

    private Optional<TlsIdentity> identity(
            Parameter<String> certParameter, Parameter<String> keyParameter, boolean needed) {
        String certName = config.get(certParameter);
        String keyName = config.get(keyParameter);
        if (certName.isEmpty() && keyName.isEmpty() && !needed) {
            return Optional.empty();
        }
        List<X509Certificate> chain = List.of();
        PrivateKey key = null;
        try {
            require(certName, needed ? "ssl = on needs a certificate" : "a key needs its certificate");
            chain = PemFile.certificates(file(certName));
            checkDates(chain, certName, certParameter);
        } catch (TlsFileException e) {
            error(certParameter, e.text());
        }
        try {
            require(keyName, "a certificate needs its private key");
            key = PrivateKeyFile.read(
                    file(keyName),
                    new PassphraseCommand(config.get(TlsParameters.SSL_PASSPHRASE_COMMAND), PASSPHRASE_LIMIT));
        } catch (TlsFileException e) {
            error(keyParameter, e.text());
        }
        if (chain.isEmpty() || key == null) {
            return Optional.empty();
        }
        if (!PrivateKeyFile.fits(key, chain.get(0).getPublicKey())) {
            error(
                    keyParameter,
                    "the private key in file " + file(keyName) + " is not that of the certificate in file "
                            + file(certName));
            return Optional.empty();
        }
        return Optional.of(new TlsIdentity(chain, key));
    }

    private static void require(String name, String why) throws TlsFileException {
        if (name.isEmpty()) {
            throw new TlsFileException(why + "; allowed is the name of a PEM file");
        }
    }

    private void checkDates(List<X509Certificate> chain, String name, Parameter<String> parameter) {
        for (X509Certificate certificate : chain) {
            Instant begin = certificate.getNotBefore().toInstant();
            Instant end = certificate.getNotAfter().toInstant();
            String which = "the certificate of " + certificate.getSubjectX500Principal() + " in file " + file(name);
            if (end.isBefore(now)) {
                warn(parameter, which + " has expired at " + TIME.format(end));
            } else if (end.isBefore(now.plus(EXPIRY_NOTICE))) {
                warn(parameter, which + " expires soon, at " + TIME.format(end));
            } else if (begin.isAfter(now)) {
                warn(parameter, which + " is not valid before " + TIME.format(begin));
            }
        }
    }

    // ---- authorities

    private List<X509Certificate> authorities(Parameter<String> fileParameter, Optional<Parameter<String>> directory) {
        List<X509Certificate> found = new ArrayList<>();
        String name = config.get(fileParameter);
        if (!name.isEmpty()) {
            try {
                found.addAll(PemFile.certificates(file(name)));
                checkDates(found, name, fileParameter);
            } catch (TlsFileException e) {
                error(fileParameter, e.text());
            }
        }
        if (directory.isPresent() && !config.get(directory.get()).isEmpty()) {
            try {
                found.addAll(PemFile.certificatesOfDirectory(file(config.get(directory.get()))));
            } catch (TlsFileException e) {
                error(directory.get(), e.text());
            }
        }
        return found;
    }

    private TlsTrust trust(List<X509Certificate> authorities, Parameter<String> crlParameter) {
        String name = config.get(crlParameter);
        if (name.isEmpty()) {
            return new TlsTrust(authorities, List.of());
        }
        if (authorities.isEmpty()) {
            warn(crlParameter, "it has no effect without authorities whose certificates it could be about");
            return TlsTrust.NONE;
        }
        try {
            List<X509CRL> revoked = PemFile.revocationLists(file(name));
            for (X509CRL list : revoked) {
                if (list.getNextUpdate() != null
                        && list.getNextUpdate().toInstant().isBefore(now)) {
                    warn(
                            crlParameter,
                            "the list of " + list.getIssuerX500Principal() + " in file " + file(name)
                                    + " has expired at "
                                    + TIME.format(list.getNextUpdate().toInstant())
                                    + ": no certificate of this issuer is accepted");
                }
            }
            return new TlsTrust(authorities, revoked);
        } catch (TlsFileException e) {
            error(crlParameter, e.text());
            return TlsTrust.NONE;
        }
    }

    private TlsTrust backendTrust(TlsTrust clients) {
        return switch (config.get(TlsParameters.BACKEND_SSL_CA_CERT)) {
            case "" -> clients;
            case "none" -> TlsTrust.NONE;
            default ->
                trust(
                        authorities(TlsParameters.BACKEND_SSL_CA_CERT, Optional.empty()),
                        TlsParameters.BACKEND_SSL_CRL_FILE);
        };
    }

    // ---- parameters

    private void checkBackends(TlsTrust trust) {
        for (NodeSettings node : config.nodes()) {
            BackendSslMode mode = mode(node.id());
            if (mode.compareTo(BackendSslMode.VERIFY_CA) >= 0 && trust.isEmpty()) {
                diagnose(
                        Severity.ERROR,
                        config.origin(TlsParameters.BACKEND_SSLMODE, node.id()),
                        TlsParameters.BACKEND_SSLMODE.name(),
                        "the certificate of node " + node.id()
                                + " cannot be verified without authorities; set backend_ssl_ca_cert or ssl_ca_cert");
            }
            if (config.get(TlsParameters.BACKEND_SSLNEGOTIATION, node.id()) == BackendSslNegotiation.DIRECT
                    && mode == BackendSslMode.PREFER) {
                diagnose(
                        Severity.ERROR,
                        config.origin(TlsParameters.BACKEND_SSLNEGOTIATION, node.id()),
                        TlsParameters.BACKEND_SSLNEGOTIATION.name(),
                        "direct does not go with backend_sslmode = prefer; allowed is require, verify-ca or verify-full");
            }
        }
    }

    private void checkCiphers() {
        CipherSuites ciphers = CipherSuites.parse(config.get(TlsParameters.SSL_CIPHERS));
        if (!ciphers.unknown().isEmpty()) {
            warn(
                    TlsParameters.SSL_CIPHERS,
                    "not known and without effect: " + String.join(", ", ciphers.unknown())
                            + "; allowed are the words and names of OpenSSL for TLS 1.2");
        }
        if (ciphers.suites().isEmpty()
                && config.get(TlsParameters.SSL_MIN_PROTOCOL_VERSION) == TlsParameters.TlsVersion.TLS_1_2) {
            warn(TlsParameters.SSL_CIPHERS, "no cipher of TLS 1.2 is left, so only TLS 1.3 is offered");
        }
        if (ciphers.suites().isEmpty()
                && config.get(TlsParameters.SSL_MAX_PROTOCOL_VERSION) == TlsParameters.TlsVersion.TLS_1_2) {
            error(TlsParameters.SSL_CIPHERS, "no cipher is left; allowed is a list that selects some");
        }
    }

    private void checkVersions() {
        if (config.get(TlsParameters.SSL_MIN_PROTOCOL_VERSION)
                        .compareTo(config.get(TlsParameters.SSL_MAX_PROTOCOL_VERSION))
                > 0) {
            error(
                    TlsParameters.SSL_MAX_PROTOCOL_VERSION,
                    "it is below ssl_min_protocol_version; allowed is the same version or a newer one");
        }
    }

    // ---- diagnostics

    private Path file(String name) {
        return pgpoolConf.toAbsolutePath().resolveSibling(name);
    }

    private void error(Parameter<?> parameter, String text) {
        diagnose(Severity.ERROR, config.origin(parameter), parameter.name(), text);
    }

    private void warn(Parameter<?> parameter, String text) {
        diagnose(Severity.WARNING, config.origin(parameter), parameter.name(), text);
    }

    private void diagnose(Severity severity, Optional<SourceLocation> at, String parameter, String text) {
        failed |= severity == Severity.ERROR;
        SourceLocation place = at.or(() -> config.origin(TlsParameters.SSL))
                .orElseGet(() -> new SourceLocation(pgpoolConf.toString(), 1));
        diagnostics.add(Diagnostic.about(severity, place, parameter, text));
    }
}
