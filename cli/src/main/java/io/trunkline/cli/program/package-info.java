/**
 * What the programs share that Pgpool-II has by the same names: they take their command line as the C library does, ask
 * for passwords on the terminal, and handle text as the bytes that it came in, see {@link io.trunkline.cli.program.RawText}.
 */
@NullMarked
package io.trunkline.cli.program;

import org.jspecify.annotations.NullMarked;
