@NullMarked
package io.trunkline.config.tls;

import org.jspecify.annotations.NullMarked;
