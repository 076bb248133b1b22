@NullMarked
package io.trunkline.protocol.tls;

import org.jspecify.annotations.NullMarked;
