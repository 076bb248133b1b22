package io.trunkline.cli.program;

import java.io.IOException;

/** Asks whoever runs a command for something that must not be seen. */
public interface SecretPrompt {
    /** There is nobody to ask. */
    final class NoTerminal extends IOException {
        private static final long serialVersionUID = 1L;

        public NoTerminal() {
            super("stdin is not tty");
        }
    }

    /**
     * Shows the prompt and reads a line.
     *
     * @return as {@link RawText}, without the line's end
     * @throws NoTerminal if standard input is none
     * @throws IOException if nothing can be read
     */
    String ask(String prompt) throws IOException;
}
