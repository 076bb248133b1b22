@NullMarked
package io.trunkline.proxy.session;

import org.jspecify.annotations.NullMarked;
