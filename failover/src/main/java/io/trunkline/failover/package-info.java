/** Node states and roles, published as immutable views. */
@NullMarked
package io.trunkline.failover;

import org.jspecify.annotations.NullMarked;
