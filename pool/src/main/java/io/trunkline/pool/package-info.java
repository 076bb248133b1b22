/** Backend connections: opened, lent, reset, bounded. */
@NullMarked
package io.trunkline.pool;

import org.jspecify.annotations.NullMarked;
