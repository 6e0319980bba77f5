/** The backends, their health and their load, as one snapshot; the lease an attempt holds on one of them. */
@NullMarked
package dev.goaround.pool;

import org.jspecify.annotations.NullMarked;
