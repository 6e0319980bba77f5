package dev.goaround.http;

import io.netty.handler.codec.http.HttpContent;
import io.netty.util.ReferenceCountUtil;

/** Takes a body that nobody wants, if it is short, so that its connection can go on; gives up a long one. */
public final class BodyDiscarder implements InboundBody.Receiver {

    private static final int MOST = 64 * 1024;

    private final InboundBody body;
    private int seen;

    private BodyDiscarder(InboundBody body) {
        this.body = body;
    }

    /** Drops the body while it arrives. */
    public static void discard(InboundBody body) {
        body.receive(new BodyDiscarder(body));
    }

    @Override
    public void content(HttpContent content) {
        seen += content.content().readableBytes();
        ReferenceCountUtil.release(content);
        if (seen > MOST) {
            body.cancel();
        }
    }

    @Override
    public void flush() {}

    @Override
    public void failed(Throwable cause) {
        // It was to be thrown away anyway.
    }
}
