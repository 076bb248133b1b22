/** A restart without interruption: what the process that goes and the one that comes say to each other. */
@NullMarked
package io.trunkline.proxy.handover;

import org.jspecify.annotations.NullMarked;
