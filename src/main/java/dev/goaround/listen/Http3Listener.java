package dev.goaround.listen;

import dev.goaround.http.MessageLimits;
import dev.goaround.http2.ReceiveWindow;
import dev.goaround.http3.RetryTokens;
import dev.goaround.settings.SteadyClock;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicChannel;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.web.server.WebServerException;
import reactor.netty.resources.LoopResources;

/** The UDP side of the traffic port, on which clients speak HTTP/3. All of its connections share one socket and one event loop. */
final class Http3Listener {

    private static final Logger log = LoggerFactory.getLogger(Http3Listener.class);

    private final Channel socket;

    private Http3Listener(Channel socket) {
        this.socket = socket;
    }

    /** Refuses platforms that there is no native QUIC for. */
    static void requireQuic() {
        if (!Quic.isAvailable()) {
            log.debug("QUIC is not available", Quic.unavailabilityCause());
            throw new WebServerException(
                    "goaround.listen.http3: there is no native QUIC for this platform, leave it off", null);
        }
    }

    /** Binds the socket. The future fails if that can't be done. */
    static ChannelFuture bind(TrafficServer server, InetSocketAddress address, ServerTls tls, LoopResources loops) {
        EventLoopGroup workers = loops.onServer(true);
        return new Bootstrap()
                .group(workers)
                .channel(loops.onChannelClass(DatagramChannel.class, workers))
                .handler(codec(server, tls))
                .bind(address);
    }

    static Http3Listener on(Channel socket) {
        return new Http3Listener(socket);
    }

    private static ChannelHandler codec(TrafficServer server, ServerTls tls) {
        ListenSettings settings = server.settings();
        MessageLimits limits = settings.messageLimits();
        return Http3.newQuicServerCodecBuilder()
                .sslEngineProvider(connection -> tls.newQuicEngine(connection.alloc()))
                .maxIdleTimeout(settings.keepAliveTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .initialMaxStreamsBidirectional(settings.http2MaxStreams())
                .initialMaxStreamDataBidirectionalRemote(ReceiveWindow.OF_STREAM)
                .initialMaxData((long) ReceiveWindow.OF_STREAM * settings.http2MaxStreams())
                .activeMigration(false)
                .tokenHandler(new RetryTokens(SteadyClock.start(), new SecureRandom()))
                .handler(new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel connection) {
                        if (server.admit(connection)) {
                            Http3Connection.begin(server, connection, limits);
                        }
                    }
                })
                .build();
    }

    /** Closes the socket, and with it whatever connections are left. */
    void close() {
        socket.close().awaitUninterruptibly();
    }
}
