package dev.goaround.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;

/**
 * Writes requests with their target byte for byte as the client sent it: the decoder on the other side reads each byte
 * as one character, which Netty's own encoder would write as UTF-8, or mend where it looks like a URL without a slash.
 */
final class RequestEncoder extends HttpRequestEncoder {

    private static final AsciiString VERSION = AsciiString.cached(" HTTP/1.1\r\n");

    @Override
    protected void encodeInitialLine(ByteBuf out, HttpRequest request) {
        ByteBufUtil.copy(request.method().asciiName(), out);
        out.writeByte(' ');
        out.writeCharSequence(request.uri(), StandardCharsets.ISO_8859_1);
        ByteBufUtil.copy(VERSION, out);
    }
}
