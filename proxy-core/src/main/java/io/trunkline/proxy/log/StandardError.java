package io.trunkline.proxy.log;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Standard error: the last resort, so what cannot be written here is lost. Safe for any thread. */
final class StandardError {
    private final OutputStream out;

    StandardError(OutputStream out) {
        this.out = out;
    }

    /** System.err would take a line apart; this way each text is a single write. */
    static StandardError ofProcess() {
        return new StandardError(new FileOutputStream(FileDescriptor.err));
    }

    /** @return whether it could be written */
    boolean write(String text) {
        try {
            synchronized (out) {
                out.write(text.getBytes(StandardCharsets.UTF_8));
            }
            return true;
        } catch (IOException nowhereToSayIt) {
            return false;
        }
    }
}
