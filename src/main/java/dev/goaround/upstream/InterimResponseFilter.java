package dev.goaround.upstream;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

/**
 * Drops interim responses (1xx, RFC 9110 section 15.2).
 *
 * <p>Reactor Netty takes any of them but 100 for the final one.
 */
final class InterimResponseFilter extends ChannelInboundHandlerAdapter {

    private boolean interim;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpResponse head) {
            interim = head.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        }
        if (!interim) {
            context.fireChannelRead(message);
            return;
        }
        ReferenceCountUtil.release(message);
        if (message instanceof LastHttpContent) {
            interim = false;
            // Reading is on demand, and nobody above knows that there is more to ask for.
            context.read();
        }
    }
}
