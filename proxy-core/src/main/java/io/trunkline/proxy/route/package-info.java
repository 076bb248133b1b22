/** Which node a statement goes to, and what it leaves behind in the session. */
@NullMarked
package io.trunkline.proxy.route;

import org.jspecify.annotations.NullMarked;
