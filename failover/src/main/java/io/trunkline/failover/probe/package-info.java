/** Questions to nodes: whether their servers live, and what they say of themselves. */
@NullMarked
package io.trunkline.failover.probe;

import org.jspecify.annotations.NullMarked;
