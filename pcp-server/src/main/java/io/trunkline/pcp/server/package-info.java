/**
 * The PCP server: Pgpool-II's wire protocol for administrators, as its {@code pcp_*} programs and {@code libpcp} speak it.
 *
 * <p>A message is a byte for its type, a length of four bytes that counts itself, and texts that end with a NUL; a client
 * asks and waits for the answer. {@link io.trunkline.pcp.server.PcpServer} is the way in.
 */
@NullMarked
package io.trunkline.pcp.server;

import org.jspecify.annotations.NullMarked;
