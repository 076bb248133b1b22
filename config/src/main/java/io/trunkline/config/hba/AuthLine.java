package io.trunkline.config.hba;

import io.trunkline.config.SourceLocation;
import java.util.List;

/**
 * A line that is neither blank nor a directive to read another file, taken apart.
 *
 * @param at the line, or the first of those that backslashes join
 * @param fields none of them empty
 * @param problem why it could not be taken apart; empty if it could
 */
record AuthLine(SourceLocation at, List<List<AuthToken>> fields, String problem) {}
