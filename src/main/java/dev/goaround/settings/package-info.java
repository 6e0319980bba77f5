/** What a settings record needs to refuse bad values: all of them at once, each with its key. */
@NullMarked
package dev.goaround.settings;

import org.jspecify.annotations.NullMarked;
