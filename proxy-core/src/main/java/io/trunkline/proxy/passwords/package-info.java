/** Asks servers for what they store of passwords, for the commands that fill and check pool_passwd. No part of a running proxy. */
@NullMarked
package io.trunkline.proxy.passwords;

import org.jspecify.annotations.NullMarked;
