/** Real PostgreSQL clusters on this machine. */
@NullMarked
package io.trunkline.localcluster;

import org.jspecify.annotations.NullMarked;
