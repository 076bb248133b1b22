/** The archive of the classes that a server loads, from which it starts in half the time. */
@NullMarked
package io.trunkline.cli.archive;

import org.jspecify.annotations.NullMarked;
