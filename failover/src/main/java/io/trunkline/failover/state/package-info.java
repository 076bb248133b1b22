/** What is kept of the cluster over a restart. */
@NullMarked
package io.trunkline.failover.state;

import org.jspecify.annotations.NullMarked;
