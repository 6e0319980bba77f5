package dev.goaround.listen;

import dev.goaround.http.WebSocketFrames;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a WebSocket that is relayed to a client when GoAround stops, such that the client knows: with a Close frame of its own, code
 * 1001 (RFC 6455 section 7.4.1), at the first moment that no frame of the backend's is half sent. Until then it only follows where
 * frames end.
 */
final class WebSocketFarewell extends ChannelOutboundHandlerAdapter {

    /** How long the client has for its own Close frame, which goes to the backend as everything does. */
    private static final long LINGER_SECONDS = 2;

    private final WebSocketFrames frames = new WebSocketFrames();
    private final Runnable over;
    private @Nullable ChannelHandlerContext context;
    private boolean wanted;
    private boolean said;

    /** @param over called when the client has had the time to say farewell as well */
    WebSocketFarewell(Runnable over) {
        this.over = over;
    }

    /** Says farewell now, or as soon as the frame that is being sent has ended. */
    void say() {
        wanted = true;
        ChannelHandlerContext here = context;
        if (!said && (frames.between() || frames.closed()) && here != null) {
            said = true;
            if (!frames.closed()) {
                here.writeAndFlush(new DefaultHttpContent(WebSocketFrames.close(WebSocketFrames.GOING_AWAY)));
            }
            here.executor().schedule(over, LINGER_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void write(ChannelHandlerContext here, Object message, ChannelPromise promise) {
        if (!(message instanceof HttpContent content)) {
            here.write(message, promise);
            return;
        }
        if (said && !(message instanceof LastHttpContent)) {
            // The client has been told that there is no more.
            content.release();
            if (!promise.isVoid()) {
                promise.setSuccess();
            }
            return;
        }
        frames.follow(content.content());
        here.write(message, promise);
        if (wanted) {
            say();
        }
    }
}
