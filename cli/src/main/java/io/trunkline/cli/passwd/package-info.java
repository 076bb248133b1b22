/**
 * Commands that write passwords: {@code pg_md5} and {@code pg_enc} as Pgpool-II has them, and {@code trunkline passwd}.
 *
 * <p>The first two are run by scripts, a thousand times a deployment, so they start without the command line library,
 * logging or anything else that they can do without. They handle text as the bytes that it came in: a string here has a
 * character for each byte, see {@link io.trunkline.cli.passwd.RawText}.
 */
@NullMarked
package io.trunkline.cli.passwd;

import org.jspecify.annotations.NullMarked;
