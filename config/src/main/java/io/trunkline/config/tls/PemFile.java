package io.trunkline.config.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.X509TrustedCertificateBlock;
import org.jspecify.annotations.Nullable;

/** Reads certificates and revocation lists in PEM. Blocks on files. */
public final class PemFile {
    /** More than any bundle of authorities has. */
    private static final int MAX_BYTES = 16 << 20;

    private static final int MAX_FILES = 10_000;

    /** Takes what stands between one BEGIN and END. */
    private interface Block {
        void take(Object block) throws GeneralSecurityException, IOException;
    }

    private PemFile() {}

    /** The certificates of a file in their order, at least one; what else is in it is skipped. */
    public static List<X509Certificate> certificates(Path file) throws TlsFileException {
        List<X509Certificate> found = certificatesIn(file);
        if (found.isEmpty()) {
            throw new TlsFileException("file " + file + " has no certificate in PEM format");
        }
        return found;
    }

    private static List<X509Certificate> certificatesIn(Path file) throws TlsFileException {
        List<X509Certificate> found = new ArrayList<>();
        JcaX509CertificateConverter converter = new JcaX509CertificateConverter();
        read(file, "certificate", block -> {
            X509CertificateHolder holder = certificate(block);
            if (holder != null) {
                found.add(converter.getCertificate(holder));
            }
        });
        return found;
    }

    private static @Nullable X509CertificateHolder certificate(Object block) {
        if (block instanceof X509TrustedCertificateBlock trusted) {
            return trusted.getCertificateHolder();
        }
        return block instanceof X509CertificateHolder holder ? holder : null;
    }

    /** The certificates of all files of a directory; files without any are skipped, as OpenSSL does. */
    public static List<X509Certificate> certificatesOfDirectory(Path directory) throws TlsFileException {
        List<X509Certificate> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file :
                    (Iterable<Path>) files.filter(Files::isRegularFile).sorted().limit(MAX_FILES)::iterator) {
                found.addAll(certificatesIn(file));
            }
        } catch (IOException e) {
            throw new TlsFileException("directory " + directory + " cannot be read: " + reason(directory, e));
        }
        if (found.isEmpty()) {
            throw new TlsFileException("directory " + directory + " has no file with a certificate in PEM format");
        }
        return found.stream().distinct().toList();
    }

    /** The revocation lists of a file, at least one. */
    public static List<X509CRL> revocationLists(Path file) throws TlsFileException {
        List<X509CRL> found = new ArrayList<>();
        JcaX509CRLConverter converter = new JcaX509CRLConverter();
        read(file, "revocation list", block -> {
            if (block instanceof X509CRLHolder holder) {
                found.add(converter.getCRL(holder));
            }
        });
        if (found.isEmpty()) {
            throw new TlsFileException("file " + file + " has no certificate revocation list in PEM format");
        }
        return found;
    }

    private static void read(Path file, String what, Block each) throws TlsFileException {
        String text = text(file);
        try (PEMParser parser = new PEMParser(new StringReader(text))) {
            Object block = parser.readObject();
            while (block != null) {
                each.take(block);
                block = parser.readObject();
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new TlsFileException("file " + file + " has a malformed " + what + ": " + e.getMessage());
        }
    }

    static String text(Path file) throws TlsFileException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new TlsFileException("file " + file + " is too large for a PEM file");
            }
            return new String(bytes, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new TlsFileException("file " + file + " cannot be read: " + reason(file, e));
        }
    }

    static String reason(Path path, IOException e) {
        if (e instanceof NoSuchFileException) {
            return "it does not exist";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        return Files.isDirectory(path) ? "it is a directory" : String.valueOf(e.getMessage());
    }
}
