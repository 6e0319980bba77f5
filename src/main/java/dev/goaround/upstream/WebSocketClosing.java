package dev.goaround.upstream;

import dev.goaround.http.LastPiece;
import dev.goaround.http.WebSocketFrames;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Close frames for both ends of a WebSocket that is cut (RFC 6455 section 7.1.2), where no frame is half sent. It follows where frames end, and is a
 * handler of the backend's connection, since what goes to the backend passes there. Belongs to one event loop.
 */
final class WebSocketClosing extends ChannelOutboundHandlerAdapter {

    /** How long the backend has for its own Close frame, and for what it has sent before. */
    private static final long LINGER_SECONDS = 2;

    private final WebSocketFrames toBackend = new WebSocketFrames();
    private final WebSocketFrames toClient = new WebSocketFrames();
    private @Nullable ChannelHandlerContext context;
    private boolean clientEnded;
    private boolean closing;

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void write(ChannelHandlerContext here, Object message, ChannelPromise promise) {
        if (message instanceof HttpContent content) {
            toBackend.follow(content.content());
        }
        if (!(message instanceof LastHttpContent last)) {
            here.write(message, promise);
            return;
        }
        boolean unsaid = !clientEnded && toBackend.between() && !toBackend.closed();
        clientEnded = true;
        if (unsaid) {
            // The client is gone without a word.
            here.write(new DefaultHttpContent(last.content()));
            here.write(new DefaultHttpContent(masked(WebSocketFrames.GOING_AWAY)));
            here.write(LastHttpContent.EMPTY_LAST_CONTENT, promise);
        } else {
            here.write(message, promise);
        }
    }

    /** A mask hides what a client wants to say to proxies on the way (RFC 6455 section 10.3), and this says always the same. */
    private static ByteBuf masked(int code) {
        return WebSocketFrames.maskedClose(code, ThreadLocalRandom.current().nextInt());
    }

    /** So much goes to the client. */
    void passes(ByteBuf bytes) {
        toClient.follow(bytes);
    }

    /** Returns the Close frame for the client, or null if none can be sent, or one has been. */
    @Nullable
    HttpContent forClient(int code) {
        if (!toClient.between() || toClient.closed()) {
            return null;
        }
        ByteBuf close = WebSocketFrames.close(code);
        toClient.follow(close);
        return new DefaultHttpContent(close);
    }

    /** Sends a Close frame to the backend and closes its connection a while later; returns false if that can't be done. */
    boolean closeBackend(int code) {
        ChannelHandlerContext here = context;
        if (closing) {
            return true;
        }
        if (here == null
                || clientEnded
                || !toBackend.between()
                || toBackend.closed()
                || PeerState.takesNothing(here.channel())) {
            return false;
        }
        closing = true;
        Channel channel = here.channel();
        channel.config().setAutoRead(true);
        here.writeAndFlush(new LastPiece(masked(code))).addListener(written -> {
            if (channel instanceof DuplexChannel duplex && channel.pipeline().get(SslHandler.class) == null) {
                duplex.shutdownOutput();
            }
        });
        channel.eventLoop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
        return true;
    }

    /** Whether the backend has been told, so that nothing it sends is of interest any more. */
    boolean closing() {
        return closing;
    }
}
