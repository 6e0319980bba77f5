package dev.goaround.listen;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;

/** Speaks what the client's TLS has agreed on (ALPN, RFC 7301): HTTP/2, or else HTTP/1.1. */
final class NegotiatedProtocol extends ApplicationProtocolNegotiationHandler {

    private final TrafficServer server;
    private boolean failed;

    NegotiatedProtocol(TrafficServer server) {
        super(ApplicationProtocolNames.HTTP_1_1);
        this.server = server;
    }

    @Override
    protected void configurePipeline(ChannelHandlerContext context, String protocol) {
        server.counts().handshake(true);
        if (ApplicationProtocolNames.HTTP_2.equals(protocol)) {
            server.speakHttp2(context.channel());
        } else {
            server.speakHttp1(context.channel());
        }
    }

    @Override
    protected void handshakeFailure(ChannelHandlerContext context, Throwable cause) {
        server.connectionFailed(cause);
        context.close();
    }

    /** The handshake has failed, for this handler leaves with its success. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!failed) {
            failed = true;
            server.counts().handshake(false);
        }
        server.connectionFailed(cause);
        context.close();
    }
}
