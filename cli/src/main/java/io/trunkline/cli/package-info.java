/** The trunkline command. */
@NullMarked
package io.trunkline.cli;

import org.jspecify.annotations.NullMarked;
