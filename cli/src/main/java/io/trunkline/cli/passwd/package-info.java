/**
 * Commands that write passwords: {@code pg_md5} and {@code pg_enc} as Pgpool-II has them, and {@code trunkline passwd}.
 *
 * <p>The first two are run by scripts, a thousand times a deployment, so they start without the command line library,
 * logging or anything else that they can do without. A string in them is a {@link io.trunkline.cli.program.RawText}.
 */
@NullMarked
package io.trunkline.cli.passwd;

import org.jspecify.annotations.NullMarked;
