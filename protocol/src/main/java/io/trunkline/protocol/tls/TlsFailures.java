package io.trunkline.protocol.tls;

import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** Says in a line why an encrypted connection failed. */
public final class TlsFailures {
    /** As in {@code error:100000f0:SSL routines:OPENSSL_internal:UNSUPPORTED_PROTOCOL}. */
    private static final Pattern NATIVE = Pattern.compile("error:[0-9a-f]+:SSL routines:\\w+:(\\w+)");

    private TlsFailures() {}

    /** Whether it is the encryption, or what the other side made of it, that failed. */
    public static boolean is(Throwable failure) {
        return failure instanceof SSLException
                || failure instanceof DecoderException && failure.getCause() instanceof SSLException;
    }

    /** The reason, fit for a log line. */
    public static String reason(Throwable failure) {
        if (failure instanceof ClosedChannelException || failure.getCause() instanceof ClosedChannelException) {
            return "the connection was closed";
        }
        if (failure instanceof NotSslRecordException || failure.getCause() instanceof NotSslRecordException) {
            return "what came is not TLS";
        }
        String text = "";
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < 10; depth++) {
            if (cause.getMessage() != null && (text.isEmpty() || says(cause))) {
                text = cause.getMessage();
            }
            cause = cause.getCause();
        }
        String line = text.isEmpty() ? failure.getClass().getSimpleName() : text;
        line = line.lines().findFirst().orElse(line).replaceFirst("^(?:[a-z]+\\.)+[A-Z]\\w+: ", "");
        Matcher coded = NATIVE.matcher(line);
        return coded.matches() ? coded.group(1).toLowerCase(Locale.ROOT).replace('_', ' ') : line;
    }

    /** Whether a cause is nearer to the point than what it has caused. */
    private static boolean says(Throwable cause) {
        return cause instanceof CertificateException || cause instanceof CertPathValidatorException;
    }
}
