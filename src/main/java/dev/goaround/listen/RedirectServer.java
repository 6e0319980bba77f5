package dev.goaround.listen;

import dev.goaround.http.Deadline;
import dev.goaround.http.FieldNames;
import dev.goaround.http.MalformedMessage;
import dev.goaround.http.MessageDecoder;
import dev.goaround.http.MessageEncoder;
import dev.goaround.http.Problem;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.WebServerException;
import reactor.netty.resources.LoopResources;

/**
 * A plain port on which every request is sent to the same place on the port with TLS (308, RFC 9110 section 15.4.9): one answer
 * for each connection.
 */
public final class RedirectServer implements AutoCloseable {

    private static final HttpResponseStatus PERMANENT_REDIRECT = HttpResponseStatus.PERMANENT_REDIRECT;
    private static final int HTTPS_PORT = 443;

    private final Channel listener;
    private final ListenSettings settings;
    private final int securePort;

    /** Starts to listen; fails with a {@link WebServerException} if that is not possible. */
    public RedirectServer(
            InetSocketAddress address, int securePort, ListenSettings settings, LoopResources loopResources) {
        this.settings = settings;
        this.securePort = securePort;
        EventLoopGroup acceptors = loopResources.onServerSelect(true);
        var bound = new ServerBootstrap()
                .group(acceptors, loopResources.onServer(true))
                .channel(loopResources.onChannelClass(ServerSocketChannel.class, acceptors))
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        MessageDecoder decoder = MessageDecoder.ofRequests(settings.messageLimits());
                        channel.pipeline().addLast(decoder, new MessageEncoder(), new Redirect(channel));
                    }
                })
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new WebServerException(
                    "Unable to listen on port " + address.getPort() + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        this.listener = bound.channel();
    }

    /** The port that is listened on. */
    public int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
    }

    /** Where the request should have gone; null if it does not say where it has. */
    private @Nullable String location(HttpRequest request) {
        String host = request.headers().get(FieldNames.HOST);
        if (host == null || host.isEmpty() || !request.uri().startsWith("/")) {
            return null;
        }
        int colon = host.lastIndexOf(':');
        String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
        return "https://" + name + (securePort == HTTPS_PORT ? "" : ":" + securePort) + request.uri();
    }

    /** The one exchange of a connection. */
    private final class Redirect extends ChannelInboundHandlerAdapter {

        private final Deadline deadline;
        private boolean answered;

        Redirect(Channel channel) {
            deadline = new Deadline(channel.eventLoop(), channel::close);
            deadline.set(settings.headerTimeout().toNanos());
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (!answered && message instanceof HttpRequest request) {
                Problem refusal = RequestRules.refusal(request, settings);
                String location = location(request);
                if (refusal != null || location == null) {
                    refusal = refusal == null ? Problem.badRequest("the request target is malformed") : refusal;
                    answer(context, refusal.toResponse(request.headers(), context.alloc()));
                } else {
                    answer(context, redirect(location));
                }
            } else if (!answered && message instanceof MalformedMessage malformed) {
                answer(context, RequestRules.refusal(malformed).toResponse(EmptyHttpHeaders.INSTANCE, context.alloc()));
            }
            ReferenceCountUtil.release(message);
        }

        private FullHttpResponse redirect(String location) {
            FullHttpResponse response =
                    new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, PERMANENT_REDIRECT, Unpooled.EMPTY_BUFFER);
            response.headers().set(HttpHeaderNames.LOCATION, location).set(FieldNames.CONTENT_LENGTH, 0);
            return response;
        }

        private void answer(ChannelHandlerContext context, FullHttpResponse response) {
            answered = true;
            response.headers()
                    .set(FieldNames.CONNECTION, HttpHeaderValues.CLOSE)
                    .set(FieldNames.DATE, HttpDate.now());
            context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            deadline.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
