package io.trunkline.protocol.tls;

import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;

/** The names in a certificate, as PostgreSQL compares them (manual, "Certificate Authentication"). */
public final class TlsNames {
    /** Attributes that OpenSSL has names for and RFC 2253 has not. */
    private static final Map<String, String> FURTHER_ATTRIBUTES = Map.of(
            "1.2.840.113549.1.9.1", "emailAddress",
            "2.5.4.4", "SN",
            "2.5.4.5", "serialNumber",
            "2.5.4.12", "title",
            "2.5.4.42", "GN",
            "2.5.4.43", "initials",
            "2.5.4.46", "dnQualifier",
            "2.5.4.17", "postalCode");

    private TlsNames() {}

    /** The first common name of the subject; empty if there is none, or one with a zero byte in it. */
    public static Optional<String> commonName(X509Certificate certificate) {
        X500Name subject =
                X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
        for (RDN rdn : subject.getRDNs(BCStyle.CN)) {
            for (var attribute : rdn.getTypesAndValues()) {
                if (attribute.getType().equals(BCStyle.CN)) {
                    String name = attribute.getValue() instanceof org.bouncycastle.asn1.ASN1String text
                            ? text.getString()
                            : IETFUtils.valueToString(attribute.getValue());
                    return name.indexOf('\0') < 0 ? Optional.of(name) : Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    /** The subject in RFC 2253 form, such as {@code CN=app,O=Example}; what is not ASCII as bytes in UTF-8. */
    public static String distinguishedName(X509Certificate certificate) {
        String name = certificate.getSubjectX500Principal().getName(X500Principal.RFC2253, FURTHER_ATTRIBUTES);
        StringBuilder escaped = new StringBuilder(name.length());
        name.codePoints().forEach(point -> {
            if (point >= ' ' && point < 0x7f) {
                escaped.append((char) point);
            } else {
                for (byte b : Character.toString(point).getBytes(StandardCharsets.UTF_8)) {
                    escaped.append('\\').append(String.format("%02X", b & 0xff));
                }
            }
        });
        return escaped.toString();
    }
}
