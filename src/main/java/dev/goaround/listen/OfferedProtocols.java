package dev.goaround.listen;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The protocols that a client of TLS offers to speak (ALPN, RFC 7301). Native TLS goes on without one where none is ours, which the
 * RFC forbids (section 3.2): a client that wants something else must not get HTTP.
 */
final class OfferedProtocols {

    /** A fatal alert {@code no_application_protocol} in a record of its own (RFC 7301 section 3.2, RFC 8446 sections 5.1 and 6). */
    private static final byte[] NO_APPLICATION_PROTOCOL = {21, 3, 3, 0, 2, 2, 120};

    private static final int EXTENSION = 16;
    private static final int VERSION_AND_RANDOM = 34;

    private OfferedProtocols() {}

    /** Returns the alert for clients with whom there is no protocol to speak. */
    static byte[] alert() {
        return NO_APPLICATION_PROTOCOL.clone();
    }

    /**
     * Whether a client offers protocols and none of ours. One that offers nothing is fine, and what can't be read is for TLS to refuse.
     *
     * @param clientHello the body of the message (RFC 8446 section 4.1.2); its indices stay
     */
    static boolean strange(ByteBuf clientHello, List<String> ours) {
        ByteBuf hello = clientHello.duplicate();
        try {
            hello.skipBytes(VERSION_AND_RANDOM);
            hello.skipBytes(hello.readUnsignedByte()); // session
            hello.skipBytes(hello.readUnsignedShort()); // cipher suites
            hello.skipBytes(hello.readUnsignedByte()); // compression
            ByteBuf extensions = hello.isReadable() ? hello.readSlice(hello.readUnsignedShort()) : hello;
            while (extensions.isReadable()) {
                int type = extensions.readUnsignedShort();
                ByteBuf content = extensions.readSlice(extensions.readUnsignedShort());
                if (type == EXTENSION) {
                    return noneOf(content.readSlice(content.readUnsignedShort()), ours);
                }
            }
            return false;
        } catch (IndexOutOfBoundsException malformed) {
            return false;
        }
    }

    private static boolean noneOf(ByteBuf names, List<String> ours) {
        while (names.isReadable()) {
            String name = names.readCharSequence(names.readUnsignedByte(), StandardCharsets.ISO_8859_1)
                    .toString();
            if (ours.contains(name)) {
                return false;
            }
        }
        return true;
    }
}
