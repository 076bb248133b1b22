/** Client sessions, routing and the assembly of the proxy. */
@NullMarked
package io.trunkline.proxy;

import org.jspecify.annotations.NullMarked;
