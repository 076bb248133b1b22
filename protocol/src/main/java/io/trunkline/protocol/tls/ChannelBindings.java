package io.trunkline.protocol.tls;

import io.trunkline.protocol.auth.ChannelBinding;
import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.security.spec.PSSParameterSpec;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes tls-server-end-point bindings of certificates (RFC 5929, section 4.1). */
final class ChannelBindings {
    private static final Pattern SIGNATURE = Pattern.compile("(MD[25]|SHA-?(\\d+)(?:/\\d+)?)WITH.*");

    private ChannelBindings() {}

    /** The binding to a server with this certificate; none where the signature of the certificate names no hash. */
    static ChannelBinding of(X509Certificate server) {
        try {
            String hash = hash(server);
            if (hash.isEmpty()) {
                return ChannelBinding.NONE;
            }
            return ChannelBinding.tlsServerEndPoint(
                    MessageDigest.getInstance(hash).digest(server.getEncoded()));
        } catch (GeneralSecurityException | IOException e) {
            return ChannelBinding.NONE;
        }
    }

    private static String hash(X509Certificate certificate) throws GeneralSecurityException, IOException {
        String signature = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
        String hash = "";
        Matcher matcher = SIGNATURE.matcher(signature);
        if (matcher.matches()) {
            hash = matcher.group(1).replace("-", "");
        } else if (signature.equals("RSASSA-PSS") && certificate.getSigAlgParams() != null) {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("RSASSA-PSS");
            parameters.init(certificate.getSigAlgParams());
            hash = parameters
                    .getParameterSpec(PSSParameterSpec.class)
                    .getDigestAlgorithm()
                    .replace("-", "");
        }
        return switch (hash) {
            case "" -> "";
            case "MD2", "MD5", "SHA1", "SHA256" -> "SHA-256";
            default -> "SHA-" + hash.substring("SHA".length());
        };
    }
}
