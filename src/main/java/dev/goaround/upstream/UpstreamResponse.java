package dev.goaround.upstream;

import dev.goaround.http.BodyFlux;
import dev.goaround.http.InboundBody;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpResponse;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseCookie;
import org.springframework.http.client.reactive.ClientHttpResponse;
import org.springframework.http.support.Netty4HeadersAdapter;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import reactor.core.publisher.Flux;

/**
 * A backend's final answer: its head as read, and its body while it arrives.
 *
 * @param head status line and header fields
 * @param body the body; whoever takes the response must receive or cancel it
 * @param loop the event loop that the body belongs to
 * @param reused whether the connection had carried another request before
 */
public record UpstreamResponse(HttpResponse head, InboundBody body, EventLoop loop, boolean reused)
        implements ClientHttpResponse {

    /** Only Spring's log would show it, and making one up costs time. */
    @Override
    public String getId() {
        return "";
    }

    @Override
    public HttpStatusCode getStatusCode() {
        return HttpStatusCode.valueOf(head.status().code());
    }

    @Override
    public HttpHeaders getHeaders() {
        return new HttpHeaders(new Netty4HeadersAdapter(head.headers()));
    }

    @Override
    public MultiValueMap<String, ResponseCookie> getCookies() {
        return new LinkedMultiValueMap<>();
    }

    @Override
    public Flux<DataBuffer> getBody() {
        return BodyFlux.of(body, loop).map(buffer -> {
            try {
                byte[] bytes = new byte[buffer.readableBytes()];
                buffer.readBytes(bytes);
                return DefaultDataBufferFactory.sharedInstance.wrap(bytes);
            } finally {
                buffer.release();
            }
        });
    }
}
