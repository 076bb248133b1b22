/** PostgreSQL's wire protocol, versions 3.0 and 3.2. */
@NullMarked
package io.trunkline.protocol;

import org.jspecify.annotations.NullMarked;
