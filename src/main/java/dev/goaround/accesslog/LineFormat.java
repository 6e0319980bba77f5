package dev.goaround.accesslog;

/**
 * Turns entries into lines of ASCII. Whatever a client has sent, it begins no other line, ends no quotes and controls no terminal.
 * For one thread.
 */
@FunctionalInterface
interface LineFormat {

    /** Appends the line of an entry, with its end. */
    void append(AccessEntry entry, StringBuilder line);
}
