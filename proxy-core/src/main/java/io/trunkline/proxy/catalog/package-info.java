/**
 * What is known of the functions and relations of each database, so that a statement is not sent to a standby for its
 * looks alone.
 */
@NullMarked
package io.trunkline.proxy.catalog;

import org.jspecify.annotations.NullMarked;
