/** How clients prove who they are, and how Trunkline logs in to the nodes as they. */
@NullMarked
package io.trunkline.proxy.auth;

import org.jspecify.annotations.NullMarked;
