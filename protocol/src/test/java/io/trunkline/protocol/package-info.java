@NullMarked
package io.trunkline.protocol;

import org.jspecify.annotations.NullMarked;
