/** What is counted, and how it is shown. */
@NullMarked
package io.trunkline.proxy.metrics;

import org.jspecify.annotations.NullMarked;
