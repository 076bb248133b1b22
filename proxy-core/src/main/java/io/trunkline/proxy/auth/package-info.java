/** Who may connect from where, and how clients prove who they are. */
@NullMarked
package io.trunkline.proxy.auth;

import org.jspecify.annotations.NullMarked;
