package dev.goaround.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** A collector that takes spans by OTLP over HTTP with protobuf, of which it reads what tests ask for. */
public final class OtlpReceiver implements AutoCloseable {

    /** A span received; attributes that are numbers are written out. */
    public record Span(
            String service,
            String traceId,
            String spanId,
            String parentId,
            String state,
            String name,
            long kind,
            long nanos,
            Map<String, String> attributes,
            long status) {

        public boolean server() {
            return kind == 2;
        }

        public boolean client() {
            return kind == 3;
        }
    }

    private final List<Span> spans = new CopyOnWriteArrayList<>();
    private final DisposableServer server;

    public OtlpReceiver() {
        server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.post(
                        "/v1/traces",
                        (request, response) -> response.header("content-type", "application/x-protobuf")
                                .sendByteArray(request.receive()
                                        .aggregate()
                                        .asByteArray()
                                        .flatMap(bytes -> {
                                            read(bytes);
                                            return Mono.just(new byte[0]);
                                        }))))
                .bindNow(Patience.AMPLE);
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.port() + "/v1/traces");
    }

    public List<Span> spans() {
        return spans;
    }

    private void read(byte[] request) {
        fields(request, (number, resourceSpans) -> {
            Map<String, String> resource = new HashMap<>();
            fields(bytes(resourceSpans), (inner, value) -> {
                if (inner == 1) {
                    fields(bytes(value), (attribute, pair) -> pair(bytes(pair), resource));
                } else if (inner == 2) {
                    fields(bytes(value), (scoped, span) -> {
                        if (scoped == 2) {
                            spans.add(span(bytes(span), resource.getOrDefault("service.name", "")));
                        }
                    });
                }
            });
        });
    }

    private static Span span(byte[] encoded, String service) {
        Map<Integer, Object> values = new HashMap<>();
        Map<String, String> attributes = new HashMap<>();
        fields(encoded, (number, value) -> {
            if (number == 9) {
                pair(bytes(value), attributes);
            } else {
                values.put(number, value);
            }
        });
        Map<Integer, Object> status = new HashMap<>();
        fields(bytes(values.getOrDefault(15, new byte[0])), status::put);
        return new Span(
                service,
                hex(values.get(1)),
                hex(values.get(2)),
                hex(values.get(4)),
                text(values.get(3)),
                text(values.get(5)),
                (long) values.getOrDefault(6, 0L),
                (long) values.getOrDefault(8, 0L) - (long) values.getOrDefault(7, 0L),
                attributes,
                (long) status.getOrDefault(3, 0L));
    }

    private static void pair(byte[] encoded, Map<String, String> into) {
        Map<Integer, Object> values = new HashMap<>();
        fields(encoded, values::put);
        fields(
                bytes(values.getOrDefault(2, new byte[0])),
                (type, value) ->
                        into.put(text(values.get(1)), value instanceof byte[] ? text(value) : String.valueOf(value)));
    }

    private static byte[] bytes(Object value) {
        return (byte[]) value;
    }

    private static String text(@Nullable Object value) {
        return value instanceof byte[] bytes ? new String(bytes, UTF_8) : "";
    }

    private static String hex(@Nullable Object value) {
        return value instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : "";
    }

    /** Tells of every field of a message: numbers as long, what has a length as bytes. */
    private static void fields(byte[] message, BiConsumer<Integer, Object> field) {
        ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            int tag = (int) varint(in);
            Object value = switch (tag & 7) {
                case 0 -> varint(in);
                case 1 -> in.getLong();
                case 2 -> {
                    byte[] bytes = new byte[(int) varint(in)];
                    in.get(bytes);
                    yield bytes;
                }
                case 5 -> (long) in.getInt();
                default -> throw new IllegalArgumentException("wire type " + (tag & 7));
            };
            field.accept(tag >>> 3, value);
        }
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    @Override
    public void close() {
        server.disposeNow(Patience.AMPLE);
    }
}
