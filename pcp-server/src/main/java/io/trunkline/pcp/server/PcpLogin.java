package io.trunkline.pcp.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.trunkline.config.PcpConf;
import io.trunkline.config.Severity;
import io.trunkline.protocol.auth.Md5Password;
import io.trunkline.protocol.auth.Password;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How administrators prove their password: as PostgreSQL's clients do where the method is md5, but that the password is the
 * text of the hash in pcp.conf, and the answer has no {@code md5} before it.
 */
final class PcpLogin {
    private static final Logger log = LoggerFactory.getLogger(PcpLogin.class);

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Pattern ANSWER = Pattern.compile("[0-9a-f]{32}");
    private static final String MD5 = "md5";

    private PcpLogin() {}

    static byte[] newSalt() {
        byte[] salt = new byte[Md5Password.SALT_LENGTH];
        RANDOM.nextBytes(salt);
        return salt;
    }

    /**
     * Checks the answer to a salt against the file as it is now. Blocks.
     *
     * @return who it is
     * @throws PcpFailure if it is nobody
     */
    static String verify(PcpRequest request, byte[] salt, Path file) throws PcpFailure {
        String user = request.text(0);
        Optional<String> answer = request.secondText();
        if (answer.isEmpty()) {
            throw PcpFailure.fatal("failed to authenticate PCP user", "error while reading authentication packet");
        }
        if (!Files.isReadable(file)) {
            throw PcpFailure.fatal(
                    "failed to authenticate PCP user",
                    "could not open " + file + ". reason: "
                            + (Files.exists(file) ? "Permission denied" : "No such file or directory"));
        }
        PcpConf.Reading reading = PcpConf.read(file);
        reading.diagnostics().stream()
                .filter(diagnostic -> diagnostic.severity() == Severity.ERROR)
                .forEach(diagnostic -> log.warn("{}", diagnostic.messageForLog()));
        boolean isProved = ANSWER.matcher(answer.get()).matches()
                && reading.users().hashes(user).stream().anyMatch(hash -> proves(user, hash, answer.get(), salt));
        if (!isProved) {
            throw PcpFailure.fatal(
                    "authentication failed for user \"" + user + "\"", "username and/or password does not match");
        }
        return user;
    }

    private static boolean proves(String user, String hash, String answer, byte[] salt) {
        Password given = Password.ofBytes((MD5 + answer).getBytes(UTF_8));
        return Md5Password.of(user, Password.of(hash)).isProvedBy(given, salt);
    }
}
