package dev.goaround.http2;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Widens the receive windows of the streams of a connection (RFC 9113 section 5.2) that keep their peer waiting: a window lets through no
 * more than itself per round trip, so that 64 KiB make 0.6 MB a second where that takes 100 ms.
 *
 * <p>The time of a round trip is that of a PING. A stream's window is doubled if half of it or more was used up <em>and taken on</em>
 * within that time; so it ends up between one and two times of what passes within a round trip, and a stream whose data nobody takes does
 * not grow. PINGs are sent only while data comes, and when one has shown that nothing is to grow, none for a second. Stands
 * behind the codec; belongs to the event loop of the connection.
 */
public final class WindowGrowth extends ChannelInboundHandlerAdapter {

    /** What the PINGs hold by which a round trip is measured. */
    private static final long MEASURE = 0x676f61726f756e64L;

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Http2Connection connection;
    private final WindowBudget budget;
    private final Http2Connection.PropertyKey key;
    private final List<Stream> measured = new ArrayList<>(1);
    private @Nullable ChannelHandlerContext context;
    private boolean measuring;
    private boolean roundTripOver;
    private long nextMeasure;
    private int grown;

    /** What is known of a stream. */
    private static final class Stream {

        private final Http2Stream stream;
        /** Bytes taken on since the last measurement began. */
        private long taken;

        private boolean measured;
        /** Bytes by which its window has grown. */
        private int grown;

        Stream(Http2Stream stream) {
            this.stream = stream;
        }
    }

    public WindowGrowth(Http2FrameCodec codec, WindowBudget budget) {
        this.connection = codec.connection();
        this.budget = budget;
        this.key = connection.newKey();
        connection.addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamClosed(Http2Stream stream) {
                closed(stream);
            }
        });
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        nextMeasure = now(added);
    }

    private static long now(ChannelHandlerContext on) {
        return on.executor().ticker().nanoTime();
    }

    /** So many bytes of the stream have been taken on, and its window is about to be given back as much. */
    void taken(Http2FrameStream on, int bytes) {
        ChannelHandlerContext here = context;
        Http2Stream open = connection.stream(on.id());
        if (open == null || here == null) {
            return;
        }
        Stream stream = of(open);
        stream.taken += bytes;
        if (measuring && !stream.measured) {
            // What it took before was before the measurement.
            stream.taken = bytes;
            stream.measured = true;
            measured.add(stream);
        } else if (!measuring
                && usedUp(stream)
                && window(stream) < budget.maxStream()
                && now(here) - nextMeasure >= 0) {
            measure(here);
        }
    }

    /** Returns by how many bytes the window of the stream has grown. */
    int grown(Http2FrameStream on) {
        Http2Stream open = connection.stream(on.id());
        Stream known = open == null ? null : open.getProperty(key);
        return known == null ? 0 : known.grown;
    }

    private Stream of(Http2Stream open) {
        Stream known = open.getProperty(key);
        if (known == null) {
            known = new Stream(open);
            open.setProperty(key, known);
        }
        return known;
    }

    private int window(Stream stream) {
        return windows().initialWindowSize(stream.stream);
    }

    private boolean usedUp(Stream stream) {
        return 2 * stream.taken >= window(stream);
    }

    private Http2LocalFlowController windows() {
        return connection.local().flowController();
    }

    private void measure(ChannelHandlerContext here) {
        measuring = true;
        here.writeAndFlush(new DefaultHttp2PingFrame(MEASURE));
    }

    @Override
    public void channelRead(ChannelHandlerContext here, Object frame) {
        if (measuring && frame instanceof Http2PingFrame ping && ping.ack() && ping.content() == MEASURE) {
            roundTripOver = true;
        } else {
            here.fireChannelRead(frame);
        }
    }

    /** What has come together with the reply is taken on by now, if it is. */
    @Override
    public void channelReadComplete(ChannelHandlerContext here) {
        here.fireChannelReadComplete();
        if (roundTripOver) {
            roundTripOver = false;
            measured(here);
        }
    }

    private void measured(ChannelHandlerContext here) {
        measuring = false;
        boolean any = false;
        for (Stream stream : measured) {
            any |= connection.stream(stream.stream.id()) != null && usedUp(stream) && grow(here, stream);
            stream.measured = false;
            stream.taken = 0;
        }
        measured.clear();
        nextMeasure = now(here) + (any ? 0 : PAUSE_NANOS);
        if (any) {
            here.flush();
        }
    }

    private boolean grow(ChannelHandlerContext here, Stream stream) {
        int window = window(stream);
        int more = Math.min(Math.min(window, budget.maxStream() - window), budget.maxConnection() - grown);
        if (more <= 0 || !budget.take(more)) {
            return false;
        }
        stream.grown += more;
        grown += more;
        return widen(here, connection.connectionStream(), more) && widen(here, stream.stream, more);
    }

    private boolean widen(ChannelHandlerContext here, Http2Stream which, int more) {
        try {
            windows().incrementWindowSize(which, more);
            return true;
        } catch (Http2Exception e) {
            here.fireExceptionCaught(e);
            return false;
        }
    }

    /** The window of the connection is as wide as those of its streams together, and so shrinks with them. */
    private void closed(Http2Stream stream) {
        ChannelHandlerContext here = context;
        Stream known = stream.removeProperty(key);
        if (here == null || known == null || known.grown == 0) {
            return;
        }
        int less = known.grown;
        known.grown = 0;
        grown -= less;
        budget.give(less);
        if (here.channel().isActive()) {
            widen(here, connection.connectionStream(), -less);
        }
    }

    /** Streams that are left end with the connection, whoever tells them so. */
    @Override
    public void channelInactive(ChannelHandlerContext here) throws Http2Exception {
        connection.forEachActiveStream(stream -> {
            closed(stream);
            return true;
        });
        here.fireChannelInactive();
    }
}
