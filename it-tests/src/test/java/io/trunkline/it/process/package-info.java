/** The server as a process, and the commands that start, ask and stop it. */
@NullMarked
package io.trunkline.it.process;

import org.jspecify.annotations.NullMarked;
