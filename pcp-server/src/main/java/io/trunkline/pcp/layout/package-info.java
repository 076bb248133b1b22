/**
 * How administrators are shown the facts: columns and texts as Pgpool-II of a given release has them, for SHOW, PCP and
 * everything else that has to look like it.
 */
@NullMarked
package io.trunkline.pcp.layout;

import org.jspecify.annotations.NullMarked;
