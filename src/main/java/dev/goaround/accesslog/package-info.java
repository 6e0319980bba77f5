/** A line for every request, in a form that others read, written by a thread of its own. */
@NullMarked
package dev.goaround.accesslog;

import org.jspecify.annotations.NullMarked;
