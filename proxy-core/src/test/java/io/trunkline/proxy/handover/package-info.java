@NullMarked
package io.trunkline.proxy.handover;

import org.jspecify.annotations.NullMarked;
