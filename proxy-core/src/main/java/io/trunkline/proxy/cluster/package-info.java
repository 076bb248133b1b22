/** The coordinator of the cluster, with all that it has done for it: probes, commands, recovery, and its files. */
@NullMarked
package io.trunkline.proxy.cluster;

import org.jspecify.annotations.NullMarked;
