package io.trunkline.config.tls;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * ssl_passphrase_command: a shell command that prints the passphrase of a private key on its standard output.
 *
 * @param command {@code %p} in it stands for a prompt, {@code %%} for a percent sign
 * @param limit how long it may take
 */
public record PassphraseCommand(String command, Duration limit) implements PrivateKeyFile.Passphrase {
    private static final String PROMPT = "Enter PEM pass phrase:";
    private static final int MAX_BYTES = 1024;

    @Override
    public char[] get() throws TlsFileException {
        if (command.isEmpty()) {
            throw new TlsFileException(
                    "the private key is encrypted, and ssl_passphrase_command, which would tell its passphrase, is not set");
        }
        byte[] output = run();
        try {
            return decode(output);
        } finally {
            Arrays.fill(output, (byte) 0);
        }
    }

    private byte[] run() throws TlsFileException {
        Process process;
        try {
            process = new ProcessBuilder("/bin/sh", "-c", expanded())
                    .redirectInput(Redirect.INHERIT)
                    .redirectError(Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new TlsFileException("ssl_passphrase_command cannot be run: " + e.getMessage());
        }
        try {
            CompletableFuture<byte[]> output = CompletableFuture.supplyAsync(() -> drain(process.getInputStream()));
            byte[] bytes = output.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new TimeoutException();
            }
            if (process.exitValue() != 0) {
                throw new TlsFileException("ssl_passphrase_command failed with status " + process.exitValue());
            }
            return bytes;
        } catch (TimeoutException e) {
            throw new TlsFileException("ssl_passphrase_command did not end within " + limit.toSeconds() + " s");
        } catch (ExecutionException e) {
            throw new TlsFileException("the output of ssl_passphrase_command cannot be read");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TlsFileException("ssl_passphrase_command was interrupted");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static byte[] drain(InputStream in) {
        try (in) {
            byte[] bytes = in.readNBytes(MAX_BYTES);
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return bytes;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private String expanded() {
        StringBuilder expanded = new StringBuilder();
        for (int i = 0; i < command.length(); i++) {
            char c = command.charAt(i);
            char next = i + 1 < command.length() ? command.charAt(i + 1) : ' ';
            if (c == '%' && (next == 'p' || next == '%')) {
                expanded.append(next == 'p' ? PROMPT : "%");
                i++;
            } else {
                expanded.append(c);
            }
        }
        return expanded.toString();
    }

    private static char[] decode(byte[] output) {
        var chars = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(output));
        int end = chars.length();
        while (end > 0 && (chars.get(end - 1) == '\n' || chars.get(end - 1) == '\r')) {
            end--;
        }
        char[] secret = new char[end];
        chars.get(secret);
        if (chars.hasArray()) {
            Arrays.fill(chars.array(), '\0');
        }
        return secret;
    }

    /** Without the command, which may have the passphrase in it. */
    @Override
    public String toString() {
        return "PassphraseCommand";
    }
}
