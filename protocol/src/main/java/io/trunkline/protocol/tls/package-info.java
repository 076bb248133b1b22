/** TLS under the wire protocol: contexts for both sides, and what an encrypted channel tells of itself. */
@NullMarked
package io.trunkline.protocol.tls;

import org.jspecify.annotations.NullMarked;
