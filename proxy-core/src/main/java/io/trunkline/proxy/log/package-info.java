/** The log: what a line looks like, and where it goes. */
@NullMarked
package io.trunkline.proxy.log;

import org.jspecify.annotations.NullMarked;
