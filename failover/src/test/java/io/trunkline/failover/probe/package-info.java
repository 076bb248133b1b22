@NullMarked
package io.trunkline.failover.probe;

import org.jspecify.annotations.NullMarked;
