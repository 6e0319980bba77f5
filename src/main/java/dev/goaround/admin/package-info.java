/** What operators see: the Actuator endpoint and the health groups. */
@NullMarked
package dev.goaround.admin;

import org.jspecify.annotations.NullMarked;
