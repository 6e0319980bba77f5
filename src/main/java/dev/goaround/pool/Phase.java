package dev.goaround.pool;

/** How far an attempt got. */
public enum Phase {
    /** Opening a connection. */
    CONNECT,
    /** The TLS handshake on a new connection. */
    TLS,
    /** Writing the request. */
    WRITE,
    /** Waiting for the head of the response. */
    WAIT,
    /** Reading the body of the response. */
    BODY
}
