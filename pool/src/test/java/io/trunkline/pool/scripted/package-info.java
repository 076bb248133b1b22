/** Servers that say what a test tells them to, in memory; other modules' tests use them too. */
@NullMarked
package io.trunkline.pool.scripted;

import org.jspecify.annotations.NullMarked;
