package io.trunkline.config;

/**
 * A line of a configuration file.
 *
 * @param file the file as the user named it, or as an include line named it
 * @param line counted from 1
 */
public record SourceLocation(String file, int line) {
    @Override
    public String toString() {
        return file + ":" + line;
    }
}
