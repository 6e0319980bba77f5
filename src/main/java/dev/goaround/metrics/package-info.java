/** What is counted, as Prometheus scrapes it. */
@NullMarked
package dev.goaround.metrics;

import org.jspecify.annotations.NullMarked;
