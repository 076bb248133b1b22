/** One client's session: start-up, authentication, relay, and what must stay true on every node it uses. */
@NullMarked
package io.trunkline.proxy.session;

import org.jspecify.annotations.NullMarked;
