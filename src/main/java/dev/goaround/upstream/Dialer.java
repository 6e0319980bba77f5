package dev.goaround.upstream;

import dev.goaround.http.MessageDecoder;
import dev.goaround.http.MessageEncoder;
import dev.goaround.http.MessageLimits;
import dev.goaround.http.ReadSizes;
import dev.goaround.http.TcpKeepAlive;
import dev.goaround.http2.WindowBudget;
import dev.goaround.pool.BackendSpec;
import dev.goaround.pool.Outcome.Kind;
import dev.goaround.pool.Phase;
import dev.goaround.pool.Protocol;
import dev.goaround.upstream.ProxyProtocol.Ends;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/**
 * Opens connections to one backend: resolves its name, {@linkplain ConnectRace tries its addresses}, and completes the TLS handshake.
 *
 * <p>A name such as {@code localhost} may stand for an IPv4 and an IPv6 address of which only one is listened on.
 */
final class Dialer {

    /** Told once how it went, on the event loop of the connection. */
    interface Answer {

        /** Whether a connection is still wanted. */
        default boolean wanted() {
            return true;
        }

        /** Nothing has been sent yet. The backend speaks HTTP/2, or else HTTP/1.1. */
        void connected(Channel channel, boolean http2);

        void failed(Phase phase, Kind kind, Throwable cause);
    }

    private static final int STATUS_LINE_LIMIT = 16 * 1024;

    private static final int SEND_BUFFER = 256 * 1024;

    /** Fields are bounded by their size. */
    private static final int FIELD_COUNT_LIMIT = Integer.MAX_VALUE;

    private final BackendSpec spec;
    private final Supplier<Duration> connectTimeout;
    private final Supplier<Duration> handshakeTimeout;
    private final Supplier<UpstreamSettings> settings;
    private final LoopResources loopResources;
    private final BackendAddresses addresses;
    private final ReadSizes readSizes;
    private final WindowBudget windows;
    private final @Nullable ProxyProtocol proxyProtocol;
    private final @Nullable Supplier<SslContext> tls;

    /** Made of the settings when they were asked last. */
    private volatile Derived derived;

    private record Derived(UpstreamSettings from, Timeouts timeouts, MessageLimits limits) {

        static Derived of(UpstreamSettings settings) {
            int headerLimit = Math.toIntExact(settings.headerLimit().toBytes());
            return new Derived(
                    settings,
                    Timeouts.of(settings),
                    new MessageLimits(STATUS_LINE_LIMIT, headerLimit, FIELD_COUNT_LIMIT));
        }
    }

    /** @param connectTimeout from the name of the backend to a connection with one of its addresses */
    Dialer(
            BackendSpec spec,
            Supplier<Duration> connectTimeout,
            Supplier<Duration> handshakeTimeout,
            Supplier<UpstreamSettings> settings,
            LoopResources loopResources,
            BackendAddresses addresses,
            ReadSizes readSizes,
            WindowBudget windows,
            @Nullable Supplier<SslContext> tls) {
        this.spec = spec;
        this.connectTimeout = connectTimeout;
        this.handshakeTimeout = handshakeTimeout;
        this.settings = settings;
        this.derived = Derived.of(settings.get());
        this.loopResources = loopResources;
        this.addresses = addresses;
        this.readSizes = readSizes;
        this.windows = windows;
        this.proxyProtocol = settings.get().proxyProtocol();
        this.tls = tls;
    }

    /** The time limits in force. */
    Timeouts timeouts() {
        return derived().timeouts();
    }

    /** How wide receive windows may grow. */
    WindowBudget windows() {
        return windows;
    }

    /** How large answers may be. */
    MessageLimits limits() {
        return derived().limits();
    }

    @SuppressWarnings("ReferenceEquality") // Settings are replaced as a whole, and this is asked for every read.
    private Derived derived() {
        UpstreamSettings now = settings.get();
        Derived known = derived;
        if (known.from() != now) {
            known = Derived.of(now);
            derived = known;
        }
        return known;
    }

    /** Speaks HTTP/1.1 on the connection. */
    MessageDecoder speakHttp1(Channel channel) {
        MessageDecoder decoder =
                MessageDecoder.ofResponses(limits(), settings.get().lenient());
        channel.pipeline().addLast(decoder, new MessageEncoder());
        return decoder;
    }

    /** Whether a connection tells the backend whose requests it carries, so that it must carry nobody else's. */
    boolean perClient() {
        return proxyProtocol != null;
    }

    /** The scheme of URLs of the backend. */
    String scheme() {
        return spec.secure() ? "https" : "http";
    }

    /** @param ends the client that the connection is for, or null if it is GoAround's own */
    void dial(EventLoop loop, @Nullable Ends ends, Answer answer) {
        Bootstrap bootstrap = bootstrap(loop, proxyProtocol == null ? null : proxyProtocol.header(ends));
        ConnectRace race = new ConnectRace(loop, bootstrap::connect, new ConnectRace.Listener() {
            @Override
            public boolean wanted() {
                return answer.wanted();
            }

            @Override
            public void connected(Channel channel) {
                if (channel.remoteAddress() instanceof InetSocketAddress remote) {
                    addresses.accepts(spec.host(), spec.port(), remote.getAddress());
                }
                secured(channel, answer);
            }

            @Override
            public void failed(Throwable cause) {
                answer.failed(Phase.CONNECT, kindOf(cause), cause);
            }
        });
        // In a task, which runs when the event loop has told its channels all that it learned in one go. It knows them
        // by the
        // numbers of their sockets: one that is opened in between may get the number of one just closed, and would be
        // told of
        // the other's end.
        loop.execute(() -> {
            race.limit(connectTimeout.get());
            addresses.find(spec.host(), spec.port(), loop, race::start, race::fail);
        });
    }

    private static Kind kindOf(@Nullable Throwable cause) {
        boolean timedOut = cause instanceof io.netty.channel.ConnectTimeoutException;
        return timedOut && cause instanceof ConnectException ? Kind.TIMEOUT : Kind.UNREACHABLE;
    }

    private void secured(Channel channel, Answer answer) {
        SslHandler handler = channel.pipeline().get(SslHandler.class);
        if (handler == null) {
            answer.connected(channel, spec.protocol() == Protocol.H2C);
            return;
        }
        handler.handshakeFuture().addListener((Future<Channel> handshake) -> {
            boolean http2 = ApplicationProtocolNames.HTTP_2.equals(handler.applicationProtocol());
            if (handshake.isSuccess()) {
                channel.pipeline().remove(FailedHandshake.class);
            }
            if (handshake.isSuccess() && (http2 || spec.protocol() != Protocol.H2)) {
                answer.connected(channel, http2);
            } else if (handshake.isSuccess()) {
                channel.close();
                answer.failed(Phase.TLS, Kind.TLS, new SSLException("it does not speak HTTP/2"));
            } else {
                channel.close();
                answer.failed(Phase.TLS, Kind.TLS, handshake.cause());
            }
        });
    }

    private Bootstrap bootstrap(EventLoop loop, byte @Nullable [] header) {
        Class<? extends SocketChannel> type = loopResources.onChannelClass(SocketChannel.class, loop);
        Bootstrap bootstrap = new Bootstrap().group(loop).channel(type);
        if (type != EpollSocketChannel.class) {
            // Where the kernel can't be asked how much of a request the backend has taken, little of it may wait there.
            bootstrap.option(ChannelOption.SO_SNDBUF, SEND_BUFFER);
        }
        return bootstrap
                // The race has a limit for all of its attempts.
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
                .option(ChannelOption.TCP_NODELAY, true)
                // What a backend sent before it closed is read even when nothing can be written any more.
                .option(ChannelOption.AUTO_CLOSE, false)
                .option(ChannelOption.RECVBUF_ALLOCATOR, readSizes.allocator())
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        TcpKeepAlive.on(channel);
                        if (header != null) {
                            channel.pipeline().addLast(new BeginsWith(header));
                        }
                        Supplier<SslContext> context = tls;
                        if (context != null) {
                            String serverName = settings.get().serverName();
                            String name = serverName == null ? spec.serverName() : serverName;
                            SslHandler handler = context.get().newHandler(channel.alloc(), name, spec.port());
                            handler.setHandshakeTimeoutMillis(
                                    handshakeTimeout.get().toMillis());
                            channel.pipeline().addLast(handler, new FailedHandshake());
                        }
                    }
                });
    }

    /**
     * What is sent before anything else, a TLS handshake included; it leaves together with that. Whoever waits for the connection learns
     * of it only then.
     */
    private static final class BeginsWith extends ChannelOutboundHandlerAdapter {

        private final byte[] header;

        BeginsWith(byte[] header) {
            this.header = header;
        }

        @Override
        public void connect(
                ChannelHandlerContext context, SocketAddress to, SocketAddress from, ChannelPromise promise) {
            ChannelPromise connected = context.newPromise();
            connected.addListener(done -> {
                if (done.isSuccess()) {
                    context.write(Unpooled.wrappedBuffer(header));
                    context.pipeline().remove(this);
                    promise.trySuccess();
                } else {
                    promise.tryFailure(done.cause());
                }
            });
            context.connect(to, from, connected);
        }
    }

    /** The handshake's own result says all that there is to say about it. */
    private static final class FailedHandshake extends ChannelInboundHandlerAdapter {

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
