@NullMarked
package io.trunkline.failover;

import org.jspecify.annotations.NullMarked;
