package dev.goaround.accesslog;

import java.io.IOException;

/** Where lines go. For one thread. */
interface LineSink extends AutoCloseable {

    /** Writes some whole lines. */
    void write(byte[] bytes, int length) throws IOException;

    /** Lets go of what is open and opens it anew for the next lines. */
    default void reopen() throws IOException {}

    @Override
    void close() throws IOException;
}
