/** What happens to requests while every backend has as many as it takes. */
@NullMarked
package dev.goaround.limit;

import org.jspecify.annotations.NullMarked;
