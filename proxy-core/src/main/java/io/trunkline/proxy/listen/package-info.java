/** Where clients come in: TCP ports and Unix-domain sockets. */
@NullMarked
package io.trunkline.proxy.listen;

import org.jspecify.annotations.NullMarked;
