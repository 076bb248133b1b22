package io.trunkline.config.certificates;

import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority that issues certificates to tests. */
public final class TestAuthority {
    private static final AtomicLong SERIAL = new AtomicLong(1);
    private static final Duration YEAR = Duration.ofDays(365);

    private final Issued own;
    private final X500Name name;

    private TestAuthority(Issued own, X500Name name) {
        this.own = own;
        this.name = name;
    }

    /** @param commonName its name */
    public static TestAuthority named(String commonName) {
        KeyPair keys = keys("EC");
        X500Name name = new X500Name("CN=" + commonName);
        return new TestAuthority(
                certify(
                        name,
                        keys,
                        name,
                        keys,
                        "SHA256withECDSA",
                        true,
                        Instant.now().plus(YEAR)),
                name);
    }

    /** Its own certificate. */
    public Issued own() {
        return own;
    }

    /**
     * Issues a certificate for a year, with a key of P-256.
     *
     * @param subject such as {@code CN=localhost}
     * @param alternativeNames host names and addresses
     */
    public Issued issue(String subject, String... alternativeNames) {
        return issue("EC", subject, Instant.now().plus(YEAR), alternativeNames);
    }

    /** @param algorithm of its key: EC or RSA */
    public Issued issue(String algorithm, String subject, Instant until, String... alternativeNames) {
        return certify(
                new X500Name(subject),
                keys(algorithm),
                name,
                own.keys(),
                "SHA256withECDSA",
                false,
                until,
                alternativeNames);
    }

    /** Writes the list of the certificates that it has revoked: these. */
    public Path revoke(Path file, Issued... revoked) {
        try {
            Instant now = Instant.now();
            X509v2CRLBuilder list = new X509v2CRLBuilder(name, Date.from(now.minusSeconds(60)));
            list.setNextUpdate(Date.from(now.plus(YEAR)));
            for (Issued one : revoked) {
                list.addCRLEntry(
                        one.certificate().getSerialNumber(), Date.from(now.minusSeconds(30)), CRLReason.keyCompromise);
            }
            return Issued.write(file, list.build(signer(own.keys(), "SHA256withECDSA")));
        } catch (OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Issued certify(
            X500Name subject,
            KeyPair keys,
            X500Name issuer,
            KeyPair issuerKeys,
            String signature,
            boolean authority,
            Instant until,
            String... alternativeNames) {
        try {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    issuer,
                    BigInteger.valueOf(SERIAL.getAndIncrement()),
                    Date.from(until.minus(YEAR.multipliedBy(2))),
                    Date.from(until),
                    subject,
                    keys.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            if (alternativeNames.length > 0) {
                GeneralName[] names = new GeneralName[alternativeNames.length];
                for (int i = 0; i < names.length; i++) {
                    boolean address = alternativeNames[i].matches("[0-9.]+|.*:.*");
                    names[i] =
                            new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, alternativeNames[i]);
                }
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
            }
            return new Issued(
                    new JcaX509CertificateConverter().getCertificate(builder.build(signer(issuerKeys, signature))),
                    keys);
        } catch (CertIOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ContentSigner signer(KeyPair keys, String signature) throws OperatorCreationException {
        return new JcaContentSignerBuilder(signature).build(keys.getPrivate());
    }

    private static KeyPair keys(String algorithm) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            if (algorithm.equals("EC")) {
                generator.initialize(new ECGenParameterSpec("secp256r1"));
            } else {
                generator.initialize(2048);
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
