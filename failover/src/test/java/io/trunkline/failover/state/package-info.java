@NullMarked
package io.trunkline.failover.state;

import org.jspecify.annotations.NullMarked;
