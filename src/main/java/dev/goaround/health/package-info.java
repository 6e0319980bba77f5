/** When a backend counts as healthy: probes, live traffic and the state machine both feed. */
@NullMarked
package dev.goaround.health;

import org.jspecify.annotations.NullMarked;
