package io.trunkline.config;

import static io.trunkline.config.Types.bool;
import static io.trunkline.config.Types.text;

import io.trunkline.config.Declaration.Section;
import java.util.List;

/** Encryption of connections. */
public final class TlsParameters {
    private static final Section TLS = new Section(Group.TLS);

    public static final Parameter<Boolean> SSL = TLS.startup(
                    "ssl", bool(), "off", "Offers TLS to clients and asks for it at the nodes.")
            .notBuilt()
            .single();

    public static final Parameter<String> SSL_KEY = TLS.reload("ssl_key", text(), "", "File of the private key.")
            .notBuiltPartOf("ssl")
            .single();

    public static final Parameter<String> SSL_CERT = TLS.reload(
                    "ssl_cert", text(), "", "File of the certificate that clients are shown.")
            .notBuiltPartOf("ssl")
            .single();

    public static final Parameter<String> SSL_CA_CERT = TLS.reload(
                    "ssl_ca_cert", text(), "", "File of the authorities whose certificates are trusted.")
            .notBuiltPartOf("ssl")
            .single();

    public static final Parameter<String> SSL_CA_CERT_DIR = TLS.reload(
                    "ssl_ca_cert_dir", text(), "", "Directory of files of such authorities.")
            .notBuiltPartOf("ssl")
            .single();

    public static final Parameter<String> SSL_CRL_FILE = TLS.reload(
                    "ssl_crl_file", text(), "", "File of the certificates that have been revoked.")
            .notBuiltPartOf("ssl")
            .single();

    public static final Parameter<String> SSL_CIPHERS = TLS.reload(
                    "ssl_ciphers",
                    text(),
                    "HIGH:MEDIUM:+3DES:!aNULL",
                    "Ciphers that are allowed up to TLS 1.2, in the notation of OpenSSL.")
            .notBuiltPartOf("ssl")
            .single();

    public static final Parameter<Boolean> SSL_PREFER_SERVER_CIPHERS = TLS.reload(
                    "ssl_prefer_server_ciphers",
                    bool(),
                    "off",
                    "Lets the order of ssl_ciphers count rather than that of the client.")
            .notBuiltPartOf("ssl")
            .single();

    public static final Parameter<String> SSL_ECDH_CURVE = TLS.reload(
                    "ssl_ecdh_curve", text(), "prime256v1", "Curve of the key exchange.")
            .notBuiltPartOf("ssl")
            .single();

    public static final Parameter<String> SSL_DH_PARAMS_FILE = TLS.reload(
                    "ssl_dh_params_file", text(), "", "File of Diffie-Hellman parameters; empty takes built-in ones.")
            .notBuiltPartOf("ssl")
            .single();

    public static final Parameter<String> SSL_PASSPHRASE_COMMAND = TLS.reload(
                    "ssl_passphrase_command",
                    text(),
                    "",
                    "Command that prints the passphrase of the private key; %p stands for the prompt.")
            .notBuiltPartOf("ssl")
            .single();

    private TlsParameters() {}

    static List<List<ParameterDefinition<?>>> sections() {
        return List.of(TLS.definitions());
    }
}
