@NullMarked
package io.trunkline.proxy.auth;

import org.jspecify.annotations.NullMarked;
