package io.trunkline.config.hba;

/**
 * One item of a field.
 *
 * @param text without its quotes
 * @param quoted whether it began with a quote, which takes its meaning from a keyword, a plus and an at sign
 */
record AuthToken(String text, boolean quoted) {
    boolean isKeyword(String word) {
        return !quoted && text.equals(word);
    }
}
