/** Spans of requests and their attempts for OpenTelemetry. None of its classes is loaded unless traces are on. */
@NullMarked
package dev.goaround.tracing;

import org.jspecify.annotations.NullMarked;
