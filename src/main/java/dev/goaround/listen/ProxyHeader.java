package dev.goaround.listen;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.util.AttributeKey;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for the header of the PROXY protocol, version 1 or 2, by which a load balancer in front says who its client is. Whatever
 * else a connection begins with closes it.
 */
final class ProxyHeader extends ChannelInboundHandlerAdapter {

    private static final Logger log = LoggerFactory.getLogger(ProxyHeader.class);

    private static final AttributeKey<InetSocketAddress> SOURCE = AttributeKey.valueOf(ProxyHeader.class, "source");
    private static final AttributeKey<InetSocketAddress> DESTINATION =
            AttributeKey.valueOf(ProxyHeader.class, "destination");
    private static final AttributeKey<FrontTls> TLS = AttributeKey.valueOf(ProxyHeader.class, "tls");

    private final Consumer<Channel> then;
    private final Future<?> deadline;

    private ProxyHeader(Channel channel, long timeoutNanos, Consumer<Channel> then) {
        this.then = then;
        this.deadline = channel.eventLoop().schedule(() -> channel.close(), timeoutNanos, TimeUnit.NANOSECONDS);
    }

    /**
     * Waits for the header on the connection.
     *
     * @param then goes on with the connection, whose header has been taken off
     */
    static void await(Channel channel, long timeoutNanos, Consumer<Channel> then) {
        channel.pipeline().addLast(new HAProxyMessageDecoder(), new ProxyHeader(channel, timeoutNanos, then));
    }

    /** Returns whom the header of a connection named, or null if there was none. */
    static @Nullable InetSocketAddress source(Channel channel) {
        return channel.hasAttr(SOURCE) ? channel.attr(SOURCE).get() : null;
    }

    /** Returns where that connection arrived according to the header, or null if there was none. */
    static @Nullable InetSocketAddress destination(Channel channel) {
        return channel.hasAttr(DESTINATION) ? channel.attr(DESTINATION).get() : null;
    }

    /** Returns the TLS that the client speaks with the load balancer according to the header, or null for none. */
    static @Nullable FrontTls tls(Channel channel) {
        return channel.hasAttr(TLS) ? channel.attr(TLS).get() : null;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof HAProxyMessage header)) {
            context.fireChannelRead(message);
            return;
        }
        deadline.cancel(false);
        try {
            // A LOCAL or UNKNOWN connection is the load balancer's own, to see whether anybody is here.
            boolean named = header.command() == HAProxyCommand.PROXY;
            InetAddress source = named ? address(header.sourceAddress()) : null;
            InetAddress destination = named ? address(header.destinationAddress()) : null;
            Channel channel = context.channel();
            if (named) {
                channel.attr(TLS).set(FrontTls.of(header));
            }
            if (source != null && destination != null) {
                channel.attr(SOURCE).set(new InetSocketAddress(source, header.sourcePort()));
                channel.attr(DESTINATION).set(new InetSocketAddress(destination, header.destinationPort()));
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
        then.accept(context.channel());
        context.pipeline().remove(this);
    }

    private static @Nullable InetAddress address(@Nullable String text) {
        try {
            byte[] bytes = text == null ? null : NetUtil.createByteArrayFromIpAddressString(text);
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            return null;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        deadline.cancel(false);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        log.debug("no PROXY header from {}: {}", context.channel().remoteAddress(), cause.toString());
        context.close();
    }
}
