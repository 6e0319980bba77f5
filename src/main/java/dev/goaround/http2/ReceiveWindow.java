package dev.goaround.http2;

import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;

/**
 * How much a peer may send before it has been taken (RFC 9113 section 5.2). A connection's window is as wide as those of its streams
 * together: were it narrower, one stream that nobody reads would stop the others.
 */
public final class ReceiveWindow {

    /** Bytes for each stream, which is also what bounds the memory that one can take. */
    public static final int OF_STREAM = 64 * 1024;

    private static final int INITIAL = 65_535;

    private ReceiveWindow() {}

    /** Widens the window of a connection, whose codec is in its pipeline, for so many streams. */
    public static void widen(Http2FrameCodec codec, int streams) {
        Http2Connection connection = codec.connection();
        try {
            connection
                    .local()
                    .flowController()
                    .incrementWindowSize(connection.connectionStream(), OF_STREAM * streams - INITIAL);
        } catch (Http2Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
