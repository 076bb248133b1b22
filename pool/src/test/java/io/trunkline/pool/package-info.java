@NullMarked
package io.trunkline.pool;

import org.jspecify.annotations.NullMarked;
