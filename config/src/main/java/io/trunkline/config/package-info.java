/** Reading, checking and reloading pgpool.conf and the files beside it. */
@NullMarked
package io.trunkline.config;

import org.jspecify.annotations.NullMarked;
