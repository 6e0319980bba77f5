package dev.goaround.http;

/**
 * How large the parts of a message may be.
 *
 * @param startLine bytes of the request or status line
 * @param fields bytes of the header section, and of the trailer section, with their line ends
 * @param fieldCount fields of either section; Host, which every request needs, is not counted
 */
public record MessageLimits(int startLine, int fields, int fieldCount) {}
