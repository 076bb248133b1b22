/** Tests of the PCP server. */
@NullMarked
package io.trunkline.pcp.server;

import org.jspecify.annotations.NullMarked;
