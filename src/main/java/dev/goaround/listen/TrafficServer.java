package dev.goaround.listen;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.goaround.http.Http1ServerCodec;
import dev.goaround.http.MessageDecoder;
import dev.goaround.http.MessageEncoder;
import dev.goaround.http.MessageLimits;
import dev.goaround.http.ReadSizes;
import dev.goaround.http.RequestMemory;
import dev.goaround.http.TcpKeepAlive;
import dev.goaround.http2.WindowBudget;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameStreamException;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3Exception;
import io.netty.handler.codec.http3.Http3HeadersValidationException;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.WebServerException;
import org.springframework.http.server.reactive.HttpHandler;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * The traffic port: accepts clients and hands their requests to the application.
 *
 * <p>It stops in three steps, so that no request is lost: {@link #announceStop} has every answer close its connection,
 * {@link #stopAccepting} refuses new connections and ends idle ones, and {@link #stop} ends the rest.
 */
public final class TrafficServer implements WebServer {

    private static final Logger log = LoggerFactory.getLogger(TrafficServer.class);

    /** How long a connection without a request is kept when no more are accepted. */
    private static final long LAST_REQUEST_MILLIS = 1000;

    /**
     * When an answer waits for its client. Low, since the system buffers megabytes for clients that keep up, and what waits
     * here for those that don't is all of it held in memory.
     */
    static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(8 * 1024, 16 * 1024);

    private final InetSocketAddress address;
    private final ListenSettings settings;
    private final MessageLimits limits;
    private final ConnectionLimits connectionLimits;
    private final LoopResources loopResources;
    private final ReadSizes readSizes;
    private final HttpHandler application;
    private final @Nullable ServerTls tls;
    private final TlsSettings tlsSettings;
    private final ListenCounts counts;
    private final StalledRequests stalled;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final AtomicInteger running = new AtomicInteger();
    private final CountDownLatch stopped = new CountDownLatch(1);

    /** Written once, by whoever stops the server. */
    private volatile boolean stopping;

    private volatile boolean refusing;
    private volatile boolean cut;

    /** Replaced as a whole. */
    private volatile Tracking tracking = Tracking.none();

    private volatile @Nullable Channel listener;
    private volatile @Nullable RedirectServer redirects;
    private volatile @Nullable Http3Listener http3;
    private volatile @Nullable String alternative;

    /** Written before the server starts. */
    private RequestObserver observer = request -> {};

    /** Written before the server starts. */
    private RequestMemory memory = new RequestMemory(() -> Long.MAX_VALUE);

    /** Written before the server starts. */
    private WindowBudget windows = WindowBudget.none();

    /** How much one read from a client may take, as what has come before its turn is held in memory. */
    private final ReadSizes clientReads = new ReadSizes();

    /**
     * @param tls what clients' connections are secured with, or null for plain HTTP
     * @param tlsSettings where plain requests are redirected to TLS, and how clients reach it
     * @param counts where it counts
     * @param stalled learns of requests that their clients stall
     */
    TrafficServer(
            InetSocketAddress address,
            ListenSettings settings,
            LoopResources loopResources,
            ReadSizes readSizes,
            HttpHandler application,
            @Nullable ServerTls tls,
            TlsSettings tlsSettings,
            ListenCounts counts,
            StalledRequests stalled) {
        this.counts = counts;
        this.stalled = stalled;
        this.address = address;
        this.settings = settings;
        this.limits = settings.messageLimits();
        this.connectionLimits =
                new ConnectionLimits(settings.maxConnections(), settings.maxConnectionsPerAddress(), counts);
        this.loopResources = loopResources;
        this.readSizes = readSizes;
        this.application = application;
        this.tls = tls;
        this.tlsSettings = tlsSettings;
    }

    @Override
    public void start() {
        if (listener != null) {
            return;
        }
        ChannelFuture bound = bootstrap(this::initialize).bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw refusedPort(bound.cause());
        }
        listener = bound.channel();
        if (tlsSettings.redirectPort() != null) {
            Redirects where = new Redirects(publicPort(), tlsSettings.plainPaths());
            redirects = new RedirectServer(
                    new InetSocketAddress(address.getAddress(), tlsSettings.redirectPort()), bootstrap(channel -> {
                        where.mark(channel);
                        initialize(channel);
                    }));
        }
        listenForHttp3();
        keepProcessAlive();
    }

    private ServerBootstrap bootstrap(Consumer<Channel> accepted) {
        EventLoopGroup acceptors = loopResources.onServerSelect(true);
        return new ServerBootstrap()
                .group(acceptors, loopResources.onServer(true))
                .channel(loopResources.onChannelClass(ServerSocketChannel.class, acceptors))
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, clientReads.allocator())
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accepted.accept(channel);
                    }
                });
    }

    private void listenForHttp3() {
        ServerTls secured = tls;
        if (secured == null || !settings.http3()) {
            return;
        }
        InetSocketAddress same = new InetSocketAddress(address.getAddress(), getPort());
        ChannelFuture bound =
                Http3Listener.bind(this, same, secured, loopResources).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            stop();
            throw refusedPort(bound.cause());
        }
        http3 = Http3Listener.on(bound.channel());
        alternative = "h3=\":" + publicPort() + "\"; ma=86400";
    }

    /** Returns the port by which clients reach this one. */
    private int publicPort() {
        Integer named = tlsSettings.publicPort();
        return named == null ? getPort() : named;
    }

    /** Where else clients may come, as the value of an {@code Alt-Svc} field (RFC 7838), or null for nowhere. */
    @Nullable
    String alternative() {
        return stopping ? null : alternative;
    }

    /** Counts a connection of HTTP/3, or turns it away. */
    boolean admit(QuicChannel connection) {
        InetAddress client = counted(Peer.address(connection));
        if (refusing || !connectionLimits.take(client)) {
            log.debug("a connection too many, or too late, from {}", Peer.address(connection));
            connection.close(true, Http3ErrorCode.H3_REQUEST_REJECTED.code(), Unpooled.EMPTY_BUFFER);
            return false;
        }
        connection.closeFuture().addListener(closed -> connectionLimits.give(client));
        connections.add(connection);
        return true;
    }

    private WebServerException refusedPort(@Nullable Throwable cause) {
        String message = cause == null ? "" : String.valueOf(cause.getMessage());
        if (message.contains("in use")) {
            return new PortInUseException(address.getPort(), cause);
        }
        return new WebServerException("Unable to listen on port " + address.getPort() + ": " + message, cause);
    }

    /** Event loops are daemon threads; as long as the server runs, this thread is not. */
    private void keepProcessAlive() {
        Thread awaiting = new Thread(
                () -> {
                    try {
                        stopped.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "traffic");
        awaiting.setDaemon(false);
        awaiting.start();
    }

    private void initialize(Channel channel) {
        TcpKeepAlive.on(channel);
        InetAddress address = Peer.address(channel);
        boolean speaksForOthers = settings.proxyProtocol().stream().anyMatch(block -> block.contains(address));
        InetAddress client = speaksForOthers ? null : counted(address);
        if (!connectionLimits.take(client)) {
            turnAway(channel);
            return;
        }
        channel.closeFuture().addListener(closed -> connectionLimits.give(client));
        connections.add(channel);
        if (speaksForOthers) {
            ProxyHeader.await(channel, settings.headerTimeout().toNanos(), this::clientNamed);
        } else {
            speak(channel);
        }
    }

    /** A load balancer in front has said whose connection it is, or that it is its own. */
    private void clientNamed(Channel channel) {
        InetSocketAddress source = ProxyHeader.source(channel);
        InetAddress client = source == null ? null : counted(source.getAddress());
        if (client != null) {
            if (!connectionLimits.takeFor(client)) {
                turnAway(channel);
                return;
            }
            channel.closeFuture().addListener(closed -> connectionLimits.giveFor(client));
        }
        speak(channel);
    }

    /** Returns the client that a connection from this address counts for, or null if each request on it has a client of its own. */
    private @Nullable InetAddress counted(InetAddress address) {
        return tracking.trusted().trust(address) ? null : address;
    }

    private void speak(Channel channel) {
        ServerTls secured = tls;
        if (Redirects.of(channel) != null) {
            speakHttp1(channel);
        } else if (secured != null) {
            channel.pipeline().addLast(secured.newHandler(), new NegotiatedProtocol(this));
        } else if (!settings.http2()) {
            speakHttp1(channel);
        } else {
            channel.pipeline().addLast(new PriorKnowledge(this));
            speakHttp1(channel);
        }
    }

    void speakHttp1(Channel channel) {
        Http1ServerCodec codec = new Http1ServerCodec(MessageDecoder.ofRequests(limits), new MessageEncoder());
        // With TLS the end of a connection ends both directions.
        boolean plain = channel.pipeline().get(SslHandler.class) == null;
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, plain && !settings.abortOnClose());
        SentBytes sent = new SentBytes(channel);
        ClientConnection connection = new ClientConnection(this, channel, codec, memory.share(), sent::taken);
        channel.pipeline().addFirst(sent).addLast(codec.decoder(), codec.encoder(), connection);
    }

    void speakHttp2(Channel channel) {
        if (channel.pipeline().get(SentBytes.class) != null) {
            channel.pipeline().remove(SentBytes.class);
        }
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
        Http2Connection.begin(this, channel, limits);
    }

    /** One connection too many: it is told so, if it can be without a handshake, and closed. */
    private void turnAway(Channel channel) {
        log.debug("one connection too many from {}", channel.remoteAddress());
        if (tls != null && Redirects.of(channel) == null) {
            channel.close();
            return;
        }
        Peer client = Peer.of(channel);
        FullHttpResponse response = RequestRules.tooManyConnections(channel.alloc());
        observer.ended(new UnreadRequest(
                tracking.ids().next(),
                "1.1",
                RequestRules.TOO_MANY_CONNECTIONS,
                response.content().readableBytes(),
                client.ip(),
                client.tlsVersionOn(channel)));
        channel.pipeline().addLast(new MessageEncoder());
        channel.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    /** Has this observer told how requests end; to be called before the server starts. */
    void observe(RequestObserver requests) {
        observer = requests;
    }

    /** Has the memory that requests take bounded so; to be called before the server starts. */
    void boundBy(RequestMemory requests) {
        memory = requests;
    }

    /** Sets how much receive windows may grow. To be called before the server starts. */
    void growWindows(WindowBudget budget) {
        windows = budget;
    }

    WindowBudget windows() {
        return windows;
    }

    RequestMemory memory() {
        return memory;
    }

    ReadSizes clientReads() {
        return clientReads;
    }

    RequestObserver observer() {
        return observer;
    }

    void track(Tracking how) {
        tracking = how;
    }

    Tracking tracking() {
        return tracking;
    }

    ListenSettings settings() {
        return settings;
    }

    ReadSizes readSizes() {
        return readSizes;
    }

    Mono<Void> handle(InboundRequest request, OutboundResponse response) {
        return application.handle(request, response);
    }

    ConnectionLimits connectionLimits() {
        return connectionLimits;
    }

    void began() {
        running.incrementAndGet();
    }

    void ended() {
        running.decrementAndGet();
    }

    void unhandled(String id, Throwable cause) {
        log.error("request {} could not be handled", id, cause);
    }

    void connectionFailed(Throwable cause) {
        if (cause.getCause() instanceof VirtualMachineError) {
            log.error("a client's connection failed", cause);
        } else if (cause instanceof IOException
                || cause instanceof DecoderException
                || cause instanceof Http2Exception
                || cause instanceof Http2FrameStreamException
                || cause instanceof Http3Exception
                || cause instanceof Http3HeadersValidationException
                || cause instanceof QuicException) {
            log.debug("a client's connection failed: {}", cause.toString());
        } else {
            log.error("a client's connection failed", cause);
        }
    }

    /** Whether answers close their connections by now. */
    boolean stopping() {
        return stopping;
    }

    /** Whether connections that have nothing to do are closed by now. */
    boolean refusing() {
        return refusing;
    }

    StalledRequests stalled() {
        return stalled;
    }

    ListenCounts counts() {
        return counts;
    }

    /** Connections of clients that are open. */
    public int connections() {
        return connectionLimits.open();
    }

    /** Whether what still runs is cut by now. */
    boolean stopped() {
        return cut;
    }

    /** Requests being served. */
    public int running() {
        return running.get();
    }

    /** From now on every answer closes its connection; new ones are still accepted. */
    void announceStop() {
        stopping = true;
        onEach(Http2Connection.class, Http2Connection::announceEnd);
        onEach(Http3Connection.class, Http3Connection::announceEnd);
    }

    private <T extends ChannelHandler> void onEach(Class<T> handler, Consumer<T> task) {
        for (Channel channel : connections) {
            channel.eventLoop().execute(() -> {
                T found = channel.pipeline().get(handler);
                if (found != null) {
                    task.accept(found);
                }
            });
        }
    }

    /**
     * Refuses new connections and ends idle ones, these a moment later: a request may be on its way on a connection that
     * was accepted last.
     *
     * @return completes when the last answer has been sent and its connection is closed
     */
    CompletableFuture<Void> stopAccepting() {
        stopping = true;
        Channel listening = listener;
        if (listening != null) {
            listening.close().awaitUninterruptibly();
        }
        closeRedirects();
        CompletableFuture<Void> moment =
                new CompletableFuture<Void>().completeOnTimeout(null, LAST_REQUEST_MILLIS, MILLISECONDS);
        connections.newCloseFuture().addListener(none -> moment.complete(null));
        return moment.thenCompose(over -> closeIdle());
    }

    private void closeRedirects() {
        RedirectServer running = redirects;
        if (running != null) {
            running.close();
        }
    }

    private CompletableFuture<Void> closeIdle() {
        refusing = true;
        CompletableFuture<Void> closed = new CompletableFuture<>();
        onEach(ClientConnection.class, ClientConnection::closeIfIdle);
        onEach(Http2Connection.class, Http2Connection::endWhenIdle);
        onEach(Http3Connection.class, Http3Connection::endWhenIdle);
        onEach(Http2Connection.class, Http2Connection::sayFarewell);
        onEach(WebSocketFarewell.class, WebSocketFarewell::say);
        connections.newCloseFuture().addListener(all -> closed.complete(null));
        return closed;
    }

    @Override
    public void stop() {
        Channel listening = listener;
        cut = true;
        closeRedirects();
        if (listening != null) {
            listening.close().awaitUninterruptibly();
            Set<EventExecutor> loops = new HashSet<>();
            connections.forEach(channel -> loops.add(channel.eventLoop()));
            connections.close().awaitUninterruptibly();
            loops.forEach(TrafficServer::settle);
        }
        Http3Listener datagrams = http3;
        if (datagrams != null) {
            datagrams.close();
        }
        stopped.countDown();
    }

    /** Waits until the loop has told everybody of connections that it has closed, which it does in a task after the one that closes. */
    private static void settle(EventExecutor loop) {
        for (int task = 0; task < 2; task++) {
            loop.submit(() -> {}).awaitUninterruptibly(LAST_REQUEST_MILLIS);
        }
    }

    /** Returns the port on which requests are redirected to this one, or -1 for none. */
    public int redirectPort() {
        RedirectServer running = redirects;
        return running == null ? -1 : running.port();
    }

    @Override
    public int getPort() {
        Channel listening = listener;
        return listening != null && listening.localAddress() instanceof InetSocketAddress local ? local.getPort() : -1;
    }
}
