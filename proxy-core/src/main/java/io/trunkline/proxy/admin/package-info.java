/** What administrators see of a running server, gathered from its parts. */
@NullMarked
package io.trunkline.proxy.admin;

import org.jspecify.annotations.NullMarked;
