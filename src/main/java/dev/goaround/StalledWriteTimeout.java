package dev.goaround;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.timeout.WriteTimeoutHandler;

/** Closes a connection of the management port whose other end has not read what was written for it, so that it frees its slot. */
final class StalledWriteTimeout extends WriteTimeoutHandler {

    static final int SECONDS = 30;

    StalledWriteTimeout() {
        super(SECONDS);
    }

    /** Closes without an exception, which would be told in the log. */
    @Override
    protected void writeTimedOut(ChannelHandlerContext context) {
        context.close();
    }
}
