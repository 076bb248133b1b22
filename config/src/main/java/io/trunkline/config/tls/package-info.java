/** Certificates, private keys and revocation lists in PEM files, and OpenSSL's names for ciphers. */
@NullMarked
package io.trunkline.config.tls;

import org.jspecify.annotations.NullMarked;
