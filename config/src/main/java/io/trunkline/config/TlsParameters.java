package io.trunkline.config;

import static io.trunkline.config.Types.bool;
import static io.trunkline.config.Types.oneOf;
import static io.trunkline.config.Types.text;

import io.trunkline.config.Declaration.Section;
import java.util.List;

/** Encryption of connections. */
public final class TlsParameters {
    /** When connections to a node are encrypted, and what is checked of the node; libpq's words for sslmode. */
    public enum BackendSslMode {
        /** {@link #PREFER} if ssl is on, else {@link #DISABLE}: as Pgpool-II does. */
        AUTO,
        DISABLE,
        PREFER,
        REQUIRE,
        VERIFY_CA,
        VERIFY_FULL
    }

    /** How the encryption of a connection to a node begins. */
    public enum BackendSslNegotiation {
        /** With an SSLRequest, as all servers know it. */
        POSTGRES,
        /** At once, as servers know it from PostgreSQL 17 on. */
        DIRECT
    }

    /** Versions of TLS, in PostgreSQL's notation. */
    public enum TlsVersion {
        TLS_1_2("TLSv1.2"),
        TLS_1_3("TLSv1.3");

        private final String text;

        TlsVersion(String text) {
            this.text = text;
        }

        /** Such as {@code TLSv1.3}. */
        public String text() {
            return text;
        }
    }

    private static final Section TLS = new Section(Group.TLS);

    public static final Parameter<Boolean> SSL = TLS.startup(
                    "ssl", bool(), "off", "Offers TLS to clients, and asks the nodes for it (see backend_sslmode).")
            .single();

    public static final Parameter<String> SSL_KEY = TLS.reload(
                    "ssl_key", text(), "", "File of the private key; others than its owner may not read it.")
            .single();

    public static final Parameter<String> SSL_CERT = TLS.reload(
                    "ssl_cert",
                    text(),
                    "",
                    "File of the certificate that clients are shown, and of those that lead from it to an authority.")
            .single();

    public static final Parameter<String> SSL_CA_CERT = TLS.reload(
                    "ssl_ca_cert",
                    text(),
                    "",
                    "File of the authorities whose certificates are trusted, of clients and of nodes.")
            .single();

    public static final Parameter<String> SSL_CA_CERT_DIR = TLS.reload(
                    "ssl_ca_cert_dir", text(), "", "Directory of files of such authorities.")
            .single();

    public static final Parameter<String> SSL_CRL_FILE = TLS.reload(
                    "ssl_crl_file", text(), "", "File of the certificates that have been revoked.")
            .single();

    public static final Parameter<String> SSL_CIPHERS = TLS.reload(
                    "ssl_ciphers",
                    text(),
                    "HIGH:MEDIUM:+3DES:!aNULL",
                    "Ciphers that are allowed up to TLS 1.2, in the notation of OpenSSL.")
            .single();

    public static final Parameter<Boolean> SSL_PREFER_SERVER_CIPHERS = TLS.reload(
                    "ssl_prefer_server_ciphers",
                    bool(),
                    "off",
                    "Lets the order of ssl_ciphers count rather than that of the client.")
            .single();

    public static final Parameter<String> SSL_ECDH_CURVE = TLS.reload(
                    "ssl_ecdh_curve",
                    text(),
                    "prime256v1",
                    "Curves of the key exchange, separated by colons. Where no line sets it, X25519 comes first.")
            .single();

    public static final Parameter<String> SSL_DH_PARAMS_FILE = TLS.reload(
                    "ssl_dh_params_file",
                    text(),
                    "",
                    "File of Diffie-Hellman parameters. Those of RFC 7919 are used instead, where such ciphers are used at all.")
            .notNeeded()
            .single();

    public static final Parameter<String> SSL_PASSPHRASE_COMMAND = TLS.reload(
                    "ssl_passphrase_command",
                    text(),
                    "",
                    "Command that prints the passphrase of the private key; %p stands for the prompt.")
            .secret()
            .single();

    public static final Parameter<TlsVersion> SSL_MIN_PROTOCOL_VERSION = TLS.reload(
                    "ssl_min_protocol_version",
                    EnumType.named(TlsVersion.class, TlsVersion::text),
                    "TLSv1.2",
                    "The oldest version of TLS that a client may use.")
            .own()
            .single();

    public static final Parameter<TlsVersion> SSL_MAX_PROTOCOL_VERSION = TLS.reload(
                    "ssl_max_protocol_version",
                    EnumType.named(TlsVersion.class, TlsVersion::text),
                    "TLSv1.3",
                    "The newest version of TLS that a client may use.")
            .own()
            .single();

    public static final NodeParameter<BackendSslMode> BACKEND_SSLMODE = TLS.reload(
                    "backend_sslmode",
                    EnumType.named(BackendSslMode.class, TlsParameters::word),
                    "auto",
                    "Whether connections to the node are encrypted, as sslmode of libpq; auto is prefer if ssl is on, else"
                            + " disable.")
            .own()
            .perNodeOrBare();

    public static final NodeParameter<BackendSslNegotiation> BACKEND_SSLNEGOTIATION = TLS.reload(
                    "backend_sslnegotiation",
                    oneOf(BackendSslNegotiation.class),
                    "postgres",
                    "How encryption begins; direct saves a round trip, needs PostgreSQL 17 and at least require.")
            .own()
            .perNodeOrBare();

    public static final Parameter<String> BACKEND_SSL_CA_CERT = TLS.reload(
                    "backend_ssl_ca_cert",
                    text(),
                    "",
                    "File of the authorities of the nodes' certificates; empty takes those of the clients, none takes none.")
            .own()
            .single();

    public static final Parameter<String> BACKEND_SSL_CRL_FILE = TLS.reload(
                    "backend_ssl_crl_file",
                    text(),
                    "",
                    "File of the nodes' certificates that have been revoked. Counts with backend_ssl_ca_cert.")
            .own()
            .single();

    public static final Parameter<String> BACKEND_SSL_CERT = TLS.reload(
                    "backend_ssl_cert", text(), "", "File of the certificate that nodes are shown; empty shows none.")
            .own()
            .single();

    public static final Parameter<String> BACKEND_SSL_KEY = TLS.reload(
                    "backend_ssl_key", text(), "", "File of the private key of backend_ssl_cert.")
            .own()
            .single();

    private TlsParameters() {}

    private static String word(BackendSslMode mode) {
        return mode.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    static List<List<ParameterDefinition<?>>> sections() {
        return List.of(TLS.definitions());
    }
}
