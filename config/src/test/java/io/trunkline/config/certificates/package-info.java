/** Certificates, keys and revocation lists that tests make for themselves. */
@NullMarked
package io.trunkline.config.certificates;

import org.jspecify.annotations.NullMarked;
