package io.trunkline.config.certificates;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMEncryptorBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.util.io.pem.PemObject;
import org.jspecify.annotations.Nullable;

/** A certificate with its keys. Files of keys are for their owner alone, as servers want them. */
public record Issued(X509Certificate certificate, KeyPair keys) {
    /** Writes the certificate in PEM. */
    public Path writeCertificate(Path file) {
        return write(file, certificate);
    }

    /** Writes the key as PKCS #8, without encryption. */
    public Path writeKey(Path file) {
        return writePkcs8(file, null);
    }

    /** Writes the key in OpenSSL's older form for its algorithm. */
    public Path writeTraditionalKey(Path file) {
        if (!(keys.getPrivate() instanceof ECPrivateKey key)) {
            return restrict(write(file, keys.getPrivate()));
        }
        try {
            var curve = SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded())
                    .getAlgorithm()
                    .getParameters();
            var form = new org.bouncycastle.asn1.sec.ECPrivateKey(
                    key.getParams().getOrder().bitLength(), key.getS(), curve);
            return restrict(write(file, new PemObject("EC PRIVATE KEY", form.getEncoded())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the key as PKCS #8, encrypted with AES. */
    public Path writeEncryptedKey(Path file, String passphrase) {
        return writePkcs8(file, passphrase);
    }

    private Path writePkcs8(Path file, @Nullable String passphrase) {
        try {
            JceOpenSSLPKCS8EncryptorBuilder encryptor = new JceOpenSSLPKCS8EncryptorBuilder(
                            NISTObjectIdentifiers.id_aes256_CBC)
                    .setProvider(new BouncyCastleProvider());
            return restrict(write(
                    file,
                    new JcaPKCS8Generator(
                            keys.getPrivate(),
                            passphrase == null
                                    ? null
                                    : encryptor
                                            .setPassword(passphrase.toCharArray())
                                            .build())));
        } catch (OperatorCreationException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes the key as OpenSSL did before PKCS #8: {@code Proc-Type: 4,ENCRYPTED}. */
    public Path writeTraditionalEncryptedKey(Path file, String passphrase) {
        try (Writer out = Files.newBufferedWriter(file);
                JcaPEMWriter pem = new JcaPEMWriter(out)) {
            pem.writeObject(
                    keys.getPrivate(),
                    new JcePEMEncryptorBuilder("AES-256-CBC")
                            .setProvider(new BouncyCastleProvider())
                            .build(passphrase.toCharArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return restrict(file);
    }

    static Path write(Path file, Object content) {
        try (Writer out = Files.newBufferedWriter(file);
                JcaPEMWriter pem = new JcaPEMWriter(out)) {
            pem.writeObject(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    private static Path restrict(Path file) {
        try {
            return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Without the keys. */
    @Override
    public String toString() {
        return "Issued[" + certificate.getSubjectX500Principal() + "]";
    }
}
