@NullMarked
package io.trunkline.failover.command;

import org.jspecify.annotations.NullMarked;
