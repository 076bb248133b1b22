@NullMarked
package io.trunkline.protocol.auth;

import org.jspecify.annotations.NullMarked;
