package dev.goaround.testing;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ClientConnectionHandler;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3GoAwayFrame;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamResetException;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection of an HTTP/3 client, made of Netty's codec. */
public final class Http3Client implements AutoCloseable {

    private static final int WINDOW = 256 * 1024;
    private static final Duration PATIENCE = Patience.AMPLE;

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<Long> goAways = new CopyOnWriteArrayList<>();
    private final Channel socket;
    private final QuicChannel connection;

    private Http3Client(int port, QuicSslContext tls, @Nullable String name) throws Exception {
        try {
            socket = new Bootstrap()
                    .group(loop)
                    .channel(NioDatagramChannel.class)
                    .handler(Http3.newQuicClientCodecBuilder()
                            .sslEngineProvider(channel -> name == null
                                    ? tls.newEngine(channel.alloc())
                                    : tls.newEngine(channel.alloc(), name, port))
                            .maxIdleTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                            .initialMaxData(10L * WINDOW)
                            .initialMaxStreamDataBidirectionalLocal(WINDOW)
                            .build())
                    .bind(InetAddress.getLoopbackAddress(), 0)
                    .sync()
                    .channel();
            connection = QuicChannel.newBootstrap(socket)
                    .handler(new Http3ClientConnectionHandler(new GoAways(), null, null, null, true))
                    .remoteAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                    .connect()
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
            throw e;
        }
    }

    /**
     * Connects over the loopback, or throws what keeps it from that.
     *
     * @param name the name that is asked for and must be the certificate's, or null to ask for none and take any
     */
    public static Http3Client connect(int port, Certificates trusted, @Nullable String name) throws Exception {
        return connect(port, trusted, name, null);
    }

    /** The same, with a certificate of its own if it has one. */
    public static Http3Client connect(int port, Certificates trusted, @Nullable String name, @Nullable Certificates own)
            throws Exception {
        QuicSslContextBuilder builder = QuicSslContextBuilder.forClient()
                .trustManager(trusted.authority())
                .applicationProtocols(Http3.supportedApplicationProtocols());
        if (name == null) {
            builder.endpointIdentificationAlgorithm(null);
        }
        if (own != null) {
            builder.keyManager(own.keys()[0], null);
        }
        return new Http3Client(port, builder.build(), name);
    }

    /** Takes note of the streams that the server says it will not act on. */
    private final class GoAways extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext context, Object frame) {
            if (frame instanceof Http3GoAwayFrame goAway) {
                goAways.add(goAway.id());
            }
            ReferenceCountUtil.release(frame);
        }
    }

    /** What the server has shown. */
    public Certificate serverCertificate() throws Exception {
        return connection.sslEngine().getSession().getPeerCertificates()[0];
    }

    /** The first streams that the server says it will not act on, in the order in which it said so. */
    public List<Long> goAways() {
        return goAways;
    }

    /** Bytes that were sent, whatever for. */
    public long sentBytes() throws Exception {
        return connection
                .collectStats()
                .get(PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .sentBytes();
    }

    public boolean open() {
        return connection.isActive();
    }

    /** A head: {@code :method}, {@code :path}, then more names and values. */
    public static Http3Headers head(String method, String path, String... more) {
        Http3Headers head = new DefaultHttp3Headers(false)
                .method(HttpMethod.valueOf(method).asciiName())
                .scheme("https")
                .authority("shop.example")
                .path(path);
        for (int i = 0; i < more.length; i += 2) {
            head.add(more[i], more[i + 1]);
        }
        return head;
    }

    /** Sends a request without a body. */
    public Answer get(String path, String... more) throws Exception {
        return open(head("GET", path, more)).end().answer();
    }

    /** Opens a stream and sends the head. */
    public Stream open(Http3Headers head) throws Exception {
        Answering answering = new Answering();
        QuicStreamChannel channel =
                Http3.newRequestStream(connection, answering).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return new Stream(channel, answering).send(new DefaultHttp3HeadersFrame(head));
    }

    @Override
    public void close() {
        connection.close().awaitUninterruptibly();
        socket.close().awaitUninterruptibly();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** An answer that has ended, its body a character for each byte. */
    public record Answer(
            List<Http3Headers> interim,
            Http3Headers head,
            String body,
            @Nullable Http3Headers trailers) {

        public String status() {
            return String.valueOf(head.status());
        }

        public @Nullable String field(String name) {
            CharSequence value = head.get(name);
            return value == null ? null : value.toString();
        }
    }

    /** The answer was reset. */
    public static final class ResetException extends Exception {
        private static final long serialVersionUID = 1L;
        private final long code;

        ResetException(long code) {
            super("reset with " + Long.toHexString(code));
            this.code = code;
        }

        public long code() {
            return code;
        }
    }

    /** A request and its answer. */
    public static final class Stream {
        private final QuicStreamChannel channel;
        private final Answering answering;

        Stream(QuicStreamChannel channel, Answering answering) {
            this.channel = channel;
            this.answering = answering;
        }

        private Stream send(Object frame) {
            channel.writeAndFlush(frame);
            return this;
        }

        public Stream data(byte[] bytes) {
            return send(new DefaultHttp3DataFrame(Unpooled.wrappedBuffer(bytes)));
        }

        public Stream section(String name, String value) {
            Http3Headers fields = new DefaultHttp3Headers(false);
            fields.add(name, value);
            return send(new DefaultHttp3HeadersFrame(fields));
        }

        /** Ends the request, once what was sent is written. */
        public Stream end() {
            channel.writeAndFlush(new DefaultHttp3DataFrame(Unpooled.EMPTY_BUFFER))
                    .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
            return this;
        }

        /** Ends it right after its head or trailers, without another frame. */
        public Stream endAfterSection() {
            channel.shutdownOutput().awaitUninterruptibly();
            return this;
        }

        /** Resets both directions. */
        public Stream reset() {
            channel.shutdown(Http3ErrorCode.H3_REQUEST_CANCELLED.code()).awaitUninterruptibly();
            return this;
        }

        /** Takes nothing of the answer until told otherwise. */
        public Stream reading(boolean reads) {
            channel.config().setAutoRead(reads);
            return this;
        }

        public Http3Headers awaitHead() throws Exception {
            return answering.headRead.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }

        public Answer answer() throws Exception {
            try {
                return answering.whole.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }
    }

    private static final class Answering extends ChannelInboundHandlerAdapter {
        final CompletableFuture<Http3Headers> headRead = new CompletableFuture<>();
        final CompletableFuture<Answer> whole = new CompletableFuture<>();
        private final List<Http3Headers> sections = new ArrayList<>();
        private final List<Http3Headers> interim = new ArrayList<>();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();

        @Override
        public void channelRead(ChannelHandlerContext context, Object frame) {
            if (frame instanceof Http3HeadersFrame section) {
                boolean informational = section.headers().status() != null
                        && section.headers().status().charAt(0) == '1';
                (informational ? interim : sections).add(section.headers());
                if (!informational) {
                    headRead.complete(section.headers());
                }
            } else if (frame instanceof Http3DataFrame data) {
                body.writeBytes(ByteBufUtil.getBytes(data.content()));
            }
            ReferenceCountUtil.release(frame);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof ChannelInputShutdownEvent && !sections.isEmpty()) {
                whole.complete(new Answer(
                        interim,
                        sections.get(0),
                        body.toString(StandardCharsets.ISO_8859_1),
                        sections.size() > 1 ? sections.get(1) : null));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            fail(
                    cause instanceof QuicStreamResetException reset
                            ? new ResetException(reset.applicationProtocolCode())
                            : cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            fail(new ClosedChannelException());
        }

        private void fail(Throwable cause) {
            headRead.completeExceptionally(cause);
            whole.completeExceptionally(cause);
        }
    }

    /** The fields of a section as text. */
    public static Map<String, String> fields(Http3Headers section) {
        Map<String, String> fields = new LinkedHashMap<>();
        section.forEach(field ->
                fields.merge(field.getKey().toString(), field.getValue().toString(), (a, b) -> a + "|" + b));
        return fields;
    }
}
