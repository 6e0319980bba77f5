package dev.goaround.listen;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.net.InetSocketAddress;
import org.springframework.boot.web.server.WebServerException;

/** The plain port whose requests are {@linkplain Redirects sent to the port with TLS}. */
final class RedirectServer implements AutoCloseable {

    private final Channel listener;

    /** Starts to listen; fails with a {@link WebServerException} if that is not possible. */
    RedirectServer(InetSocketAddress address, ServerBootstrap bootstrap) {
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new WebServerException(
                    "Unable to listen on port " + address.getPort() + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        this.listener = bound.channel();
    }

    /** The port that is listened on. */
    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
    }
}
