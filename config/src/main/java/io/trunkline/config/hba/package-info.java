/**
 * pool_hba.conf, which says who may connect from where and how, and the maps of user names beside it. Only the files are
 * read here; whom a rule concerns is decided in the proxy.
 */
@NullMarked
package io.trunkline.config.hba;

import org.jspecify.annotations.NullMarked;
