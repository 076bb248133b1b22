package io.trunkline.config;

/**
 * A row of PGPOOL SHOW.
 *
 * @param item the parameter, with the node's id where it has one
 * @param value as PGPOOL SHOW prints it; a secret is {@code *****}
 * @param description what it is for
 */
public record ShownValue(String item, String value, String description) {}
