/** The commands of the configuration: what their place holders become, and their run outside the event loops. */
@NullMarked
package io.trunkline.failover.command;

import org.jspecify.annotations.NullMarked;
