package dev.goaround.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The attempts to connect to one of several addresses (RFC 8305 section 5): the next begins when the one before has failed, or has been under way
 * for a while, and the first that succeeds ends all others. One time limit holds for all of them together. Belongs to one event loop.
 */
final class ConnectRace {

    /** How long an attempt may take before the next address is tried as well (RFC 8305 section 5, Connection Attempt Delay). */
    static final long ATTEMPT_DELAY_MILLIS = 250;

    /** Begins to connect to an address. */
    interface Connector {
        ChannelFuture connect(InetSocketAddress address);
    }

    /** Learns once how the race went, unless it is not interested any more. */
    interface Listener {

        /** Whether a connection is still wanted. */
        boolean wanted();

        void connected(Channel channel);

        /** No address has accepted. */
        void failed(Throwable cause);
    }

    private final EventLoop loop;
    private final Connector connector;
    private final Listener listener;
    private final Queue<InetSocketAddress> left = new ArrayDeque<>(1);
    private final Set<Channel> running = new HashSet<>(2);
    private @Nullable Future<?> next;
    private @Nullable Future<?> limit;
    private @Nullable Throwable failure;
    private boolean over;

    ConnectRace(EventLoop loop, Connector connector, Listener listener) {
        this.loop = loop;
        this.connector = connector;
        this.listener = listener;
    }

    /** Bounds the whole from now on; that the addresses have to be found first is part of it. */
    void limit(Duration timeout) {
        long millis = timeout.toMillis();
        limit = loop.schedule(
                () -> fail(new ConnectTimeoutException("connection timed out after " + millis + " ms")),
                millis,
                TimeUnit.MILLISECONDS);
    }

    /** Tries these addresses in their order. */
    void start(List<InetSocketAddress> addresses) {
        if (!over) {
            left.addAll(addresses);
            attempt();
        }
    }

    private void attempt() {
        cancelNext();
        if (over) {
            return;
        }
        if (!listener.wanted()) {
            end();
            return;
        }
        InetSocketAddress address = left.poll();
        if (address == null) {
            return;
        }
        ChannelFuture connecting = connector.connect(address);
        running.add(connecting.channel());
        if (!left.isEmpty()) {
            next = loop.schedule(this::attempt, ATTEMPT_DELAY_MILLIS, TimeUnit.MILLISECONDS);
        }
        connecting.addListener(done -> ended(connecting));
    }

    private void ended(ChannelFuture connecting) {
        Channel channel = connecting.channel();
        running.remove(channel);
        if (over || !listener.wanted()) {
            channel.close();
            end();
        } else if (connecting.isSuccess()) {
            end();
            listener.connected(channel);
        } else {
            failed(connecting.cause());
        }
    }

    private void failed(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
        if (!left.isEmpty()) {
            cancelNext();
            // Not at once: a socket is opened only when the event loop has told its channels all that it learned in one
            // go.
            loop.execute(this::attempt);
        } else if (running.isEmpty()) {
            fail(failure);
        }
    }

    /** Ends the race without a winner. Does nothing once it is over. */
    void fail(Throwable cause) {
        if (over) {
            return;
        }
        end();
        if (listener.wanted()) {
            listener.failed(cause);
        }
    }

    private void end() {
        over = true;
        left.clear();
        cancelNext();
        if (limit != null) {
            limit.cancel(false);
            limit = null;
        }
        List<Channel> losers = List.copyOf(running);
        running.clear();
        losers.forEach(Channel::close);
    }

    private void cancelNext() {
        if (next != null) {
            next.cancel(false);
            next = null;
        }
    }
}
