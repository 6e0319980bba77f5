package dev.goaround.listen;

import dev.goaround.http.Deadline;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.TimeUnit;

/** How a client's connection ends, such that the client gets to see its last answer, and whether that is whole. */
final class Farewell {

    /** How long a connection is read on after its last answer, once nothing more comes. */
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** How long at the most, for a client that goes on sending what nobody wants. */
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Channel channel;
    private final Deadline receiving;
    private final boolean secure;
    private final boolean stream;
    private boolean begun;
    private boolean lingering;
    private boolean inputEnded;
    private long limit;

    /**
     * @param receiving closes the connection when it is reached
     * @param stream whether this is a stream, whose end says itself how it came about
     */
    Farewell(Channel channel, Deadline receiving, boolean secure, boolean stream) {
        this.channel = channel;
        this.receiving = receiving;
        this.secure = secure;
        this.stream = stream;
    }

    /** From now on nothing that the client sends is taken for a request. */
    void begin() {
        begun = true;
    }

    boolean begun() {
        return begun;
    }

    /** Closes when the last answer is written; the request has been read whole. */
    void after(ChannelFuture written) {
        begun = true;
        receiving.clear();
        written.addListener(ChannelFutureListener.CLOSE);
    }

    /**
     * Closes after the last answer in two steps, since closing at once while the client still sends would reset the
     * connection and could destroy that answer on its way (RFC 9112 section 9.6).
     */
    void linger(ChannelFuture written) {
        if (stream) {
            after(written);
            return;
        }
        begun = true;
        receiving.clear();
        channel.config().setAutoRead(true);
        written.addListener(done -> {
            if (inputEnded) {
                channel.close();
                return;
            }
            lingering = true;
            limit = System.nanoTime() + LIMIT_NANOS;
            receiving.set(LINGER_NANOS);
            // TLS has no half-closed connections that every client understands: there the end waits for the linger
            // time.
            if (channel instanceof DuplexChannel duplex && !secure) {
                duplex.shutdownOutput();
            }
        });
    }

    /** The client has ended its direction, so that there is nothing to wait for once it has its response. */
    void inputEnded() {
        inputEnded = true;
        if (lingering) {
            channel.close();
        }
    }

    /** Something came from the client although nobody wants it. */
    void stillReceiving() {
        if (lingering && limit - System.nanoTime() > 0) {
            receiving.set(LINGER_NANOS);
        }
    }

    /** What says in TLS that this is the end (close_notify) would say that the response is whole (RFC 9112 section 9.8). */
    private void closeWithoutNotice() {
        ChannelHandlerContext tls = channel.pipeline().context(SslHandler.class);
        if (tls == null) {
            channel.close();
        } else {
            tls.close();
        }
    }

    /**
     * Ends the connection in the middle of an answer.
     *
     * @param reset whether it takes a reset to tell the client that the answer is not whole, because only the end of the
     *     connection delimits it
     */
    void breakOff(boolean reset) {
        begun = true;
        if (stream) {
            channel.close();
        } else if (reset) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            closeWithoutNotice();
        } else {
            receiving.set(LINGER_NANOS);
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }
}
