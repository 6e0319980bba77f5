package dev.goaround.accesslog;

import java.io.IOException;
import java.io.PrintStream;

/** Standard output, which the log of events may share, line by line. */
record StandardOutput(PrintStream out) implements LineSink {

    @Override
    public void write(byte[] bytes, int length) throws IOException {
        out.write(bytes, 0, length);
        out.flush();
        if (out.checkError()) {
            throw new IOException("standard output can't be written");
        }
    }

    @Override
    public void close() {
        // It is not ours.
    }
}
