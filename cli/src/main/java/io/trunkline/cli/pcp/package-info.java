/**
 * The {@code pcp_*} programs: what Pgpool-II's do on the same command line, against a Trunkline or a Pgpool-II 4.1 to 4.7.
 * docs/programs.md lists where they differ.
 *
 * <p>Monitoring runs them every few seconds, so they start without the command line library, Netty or logging. A string in
 * them is a {@link io.trunkline.cli.program.RawText}.
 */
@NullMarked
package io.trunkline.cli.pcp;

import org.jspecify.annotations.NullMarked;
