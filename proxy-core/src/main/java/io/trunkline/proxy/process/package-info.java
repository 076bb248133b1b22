/** The server as a process: its pid file, its signals and its control socket. */
@NullMarked
package io.trunkline.proxy.process;

import org.jspecify.annotations.NullMarked;
