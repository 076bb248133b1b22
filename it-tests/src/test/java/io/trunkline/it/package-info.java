/** The whole product, end to end, against a real PostgreSQL primary with two streaming standbys. */
@NullMarked
package io.trunkline.it;

import org.jspecify.annotations.NullMarked;
