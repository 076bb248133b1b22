/** {@code trunkline demo}: a PostgreSQL cluster with Trunkline in front of it, to try things on. */
@NullMarked
package io.trunkline.cli.demo;

import org.jspecify.annotations.NullMarked;
