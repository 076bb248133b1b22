/** What an administrator may ask of a running Trunkline. */
@NullMarked
package io.trunkline.pcp;

import org.jspecify.annotations.NullMarked;
