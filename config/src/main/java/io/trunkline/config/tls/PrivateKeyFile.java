package io.trunkline.config.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Arrays;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.EncryptionException;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.bc.BcPEMDecryptorProvider;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a private key in PEM: PKCS #8, or OpenSSL's own forms for RSA and elliptic curves, each also encrypted. Blocks
 * on the file and on the command for its passphrase.
 */
public final class PrivateKeyFile {
    /** Where the passphrase of an encrypted key comes from; asked only for such a key. */
    public interface Passphrase {
        /** The caller overwrites the array when it is done. */
        char[] get() throws TlsFileException;
    }

    private static final int GROUP_WRITE = 0020;
    private static final int GROUP_EXECUTE = 0010;
    private static final int ALL_OF_GROUP = 0070;
    private static final int ALL_OF_OTHERS = 0007;

    private PrivateKeyFile() {}

    /**
     * Reads the first key of a file.
     *
     * @throws TlsFileException if there is none that can be read, or if others than the owner may read the file
     */
    public static PrivateKey read(Path file, Passphrase passphrase) throws TlsFileException {
        checkPermissions(file);
        String text = PemFile.text(file);
        try (PEMParser parser = new PEMParser(new StringReader(text))) {
            Object block = parser.readObject();
            while (block != null) {
                PrivateKeyInfo key = key(block, passphrase);
                if (key != null) {
                    return new JcaPEMKeyConverter().getPrivateKey(key);
                }
                block = parser.readObject();
            }
        } catch (PKCSException | OperatorCreationException | EncryptionException e) {
            throw new TlsFileException("the private key in file " + file
                    + " cannot be decrypted: the passphrase is wrong, or the encryption is not supported");
        } catch (IOException | RuntimeException e) {
            // the message of a parser may quote what it has read
            throw new TlsFileException(
                    "file " + file + " has a malformed private key, or one of a kind that is not" + " supported");
        }
        throw new TlsFileException("file " + file + " has no private key in PEM format");
    }

    private static @Nullable PrivateKeyInfo key(Object block, Passphrase passphrase)
            throws IOException, TlsFileException, PKCSException, OperatorCreationException {
        if (block instanceof PrivateKeyInfo key) {
            return key;
        }
        if (block instanceof PEMKeyPair pair) {
            return pair.getPrivateKeyInfo();
        }
        if (!(block instanceof PEMEncryptedKeyPair) && !(block instanceof PKCS8EncryptedPrivateKeyInfo)) {
            return null;
        }
        char[] secret = passphrase.get();
        try {
            if (block instanceof PEMEncryptedKeyPair encrypted) {
                // this one takes a character for each byte
                char[] bytes = new String(new String(secret).getBytes(UTF_8), ISO_8859_1).toCharArray();
                return encrypted
                        .decryptKeyPair(new BcPEMDecryptorProvider(bytes))
                        .getPrivateKeyInfo();
            }
            return ((PKCS8EncryptedPrivateKeyInfo) block)
                    .decryptPrivateKeyInfo(new JceOpenSSLPKCS8DecryptorProviderBuilder()
                            .setProvider(new BouncyCastleProvider())
                            .build(secret));
        } finally {
            Arrays.fill(secret, '\0');
        }
    }

    /** As PostgreSQL checks it (manual, "Secure TCP/IP Connections with SSL"). */
    private static void checkPermissions(Path file) throws TlsFileException {
        if (!Files.isRegularFile(file)) {
            throw new TlsFileException("private key file " + file
                    + (Files.exists(file) ? " is not a regular file" : " cannot be read: it does not exist"));
        }
        int owner;
        int mode;
        try {
            owner = (int) Files.getAttribute(file, "unix:uid");
            mode = (int) Files.getAttribute(file, "unix:mode");
        } catch (UnsupportedOperationException e) {
            // a file system without owner and mode: there is nothing to check, as for PostgreSQL on Windows
            return;
        } catch (IOException e) {
            throw new TlsFileException(
                    "the permissions of private key file " + file + " cannot be read: " + PemFile.reason(file, e));
        }
        int forbidden = ALL_OF_OTHERS | (owner == 0 ? GROUP_WRITE | GROUP_EXECUTE : ALL_OF_GROUP);
        if ((mode & forbidden) != 0) {
            throw new TlsFileException("private key file " + file
                    + " has group or world access; allowed is 0600 or less, or 0640 or less if root owns it");
        }
    }

    /** Whether {@code key} belongs to {@code certified}: signs something with the one and checks it with the other. */
    public static boolean fits(PrivateKey key, PublicKey certified) {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC", "ECDSA" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        try {
            byte[] sample = {1, 2, 3};
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(sample);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            signature.update(sample);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
