package dev.goaround.pool;

/** A protocol spoken to backends. */
public enum Protocol {
    /** With TLS the best that the backend speaks (ALPN, RFC 7301), else HTTP/1.1. */
    AUTO,
    /** HTTP/1.1. */
    HTTP1,
    /** HTTP/2 with TLS. */
    H2,
    /** HTTP/2 without TLS, by prior knowledge (RFC 9113 section 3.3). */
    H2C
}
