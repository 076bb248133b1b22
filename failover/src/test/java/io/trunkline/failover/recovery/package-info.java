@NullMarked
package io.trunkline.failover.recovery;

import org.jspecify.annotations.NullMarked;
