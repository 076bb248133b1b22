/** Microbenchmarks; {@code docs/performance.md} has the command and the results. */
@NullMarked
package io.trunkline.benchmarks;

import org.jspecify.annotations.NullMarked;
