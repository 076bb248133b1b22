@NullMarked
package io.trunkline.proxy.route;

import org.jspecify.annotations.NullMarked;
