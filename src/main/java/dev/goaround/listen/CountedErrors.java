package dev.goaround.listen;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2LifecycleManager;
import io.netty.handler.codec.http2.Http2Stream;

/** Counts the errors of an HTTP/2 connection that show while something is written, of which the codec tells nobody. */
record CountedErrors(Http2LifecycleManager codec, ListenCounts counts) implements Http2LifecycleManager {

    @Override
    public void onError(ChannelHandlerContext context, boolean outbound, Throwable cause) {
        if (outbound && cause instanceof Http2Exception wrong) {
            counts.ended(wrong);
        }
        codec.onError(context, outbound, cause);
    }

    @Override
    public void closeStreamLocal(Http2Stream stream, ChannelFuture future) {
        codec.closeStreamLocal(stream, future);
    }

    @Override
    public void closeStreamRemote(Http2Stream stream, ChannelFuture future) {
        codec.closeStreamRemote(stream, future);
    }

    @Override
    public void closeStream(Http2Stream stream, ChannelFuture future) {
        codec.closeStream(stream, future);
    }

    @Override
    public ChannelFuture resetStream(
            ChannelHandlerContext context, int stream, long errorCode, ChannelPromise promise) {
        return codec.resetStream(context, stream, errorCode, promise);
    }

    @Override
    public ChannelFuture goAway(
            ChannelHandlerContext context, int lastStream, long errorCode, ByteBuf data, ChannelPromise promise) {
        return codec.goAway(context, lastStream, errorCode, data, promise);
    }
}
