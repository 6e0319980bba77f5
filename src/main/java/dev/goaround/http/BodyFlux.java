package dev.goaround.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/** An {@link InboundBody} as a {@link Flux}, for code that is written against Reactor rather than for the data path. */
public final class BodyFlux {

    private BodyFlux() {}

    /**
     * Returns the content of the body. Whoever subscribes owns the buffers.
     *
     * @param executor the event loop that the body belongs to
     */
    public static Flux<ByteBuf> of(InboundBody body, EventExecutor executor) {
        return Flux.<ByteBuf>create(sink -> {
                    sink.onDispose(() -> execute(executor, body::cancel));
                    sink.onRequest(count -> execute(executor, body::resume));
                    execute(executor, () -> body.receive(new SinkReceiver(sink, body)));
                })
                .doOnDiscard(ByteBuf.class, ReferenceCountUtil::release);
    }

    private static void execute(EventExecutor executor, Runnable task) {
        if (executor.inEventLoop()) {
            task.run();
        } else {
            executor.execute(task);
        }
    }

    private record SinkReceiver(FluxSink<ByteBuf> sink, InboundBody body) implements InboundBody.Receiver {

        @Override
        public void content(HttpContent content) {
            if (content.content().isReadable()) {
                sink.next(content.content());
            } else {
                ReferenceCountUtil.release(content);
            }
            if (content instanceof LastHttpContent) {
                sink.complete();
            } else if (sink.requestedFromDownstream() == 0) {
                body.pause();
            }
        }

        @Override
        public void flush() {}

        @Override
        public void failed(Throwable cause) {
            sink.error(cause);
        }
    }
}
