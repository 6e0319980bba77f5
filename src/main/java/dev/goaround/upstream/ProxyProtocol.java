package dev.goaround.upstream;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The versions of the PROXY protocol, by whose header a connection to a backend begins: it says for which client the connection is
 * (the protocol's specification, sections 2.1 and 2.2).
 */
public enum ProxyProtocol {
    /** A line of text. */
    V1 {
        @Override
        byte[] header(@Nullable Ends ends) {
            return line(ends).getBytes(StandardCharsets.US_ASCII);
        }
    },
    /** Binary. */
    V2 {
        @Override
        byte[] header(@Nullable Ends ends) {
            return ends == null ? binary(LOCAL, UNSPECIFIED, 0).array() : binary(ends);
        }
    };

    private static final byte[] SIGNATURE = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
    private static final int HEAD_LENGTH = 16;
    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;
    private static final int UNSPECIFIED = 0x00;
    private static final int TCP_OVER_IPV4 = 0x11;
    private static final int TCP_OVER_IPV6 = 0x21;
    private static final int IPV4_LENGTH = 4;
    private static final int IPV6_LENGTH = 16;

    /**
     * The two ends of a client's connection, as the header names them.
     *
     * @param client where it comes from
     * @param reached where it arrived
     */
    public record Ends(InetSocketAddress client, InetSocketAddress reached) {

        /** Whether both addresses are of IPv4. */
        private boolean ipv4() {
            return client.getAddress() instanceof Inet4Address && reached.getAddress() instanceof Inet4Address;
        }
    }

    /**
     * Returns the header of a connection.
     *
     * @param ends for whom it is, or null if it is GoAround's own
     */
    abstract byte[] header(@Nullable Ends ends);

    private static String line(@Nullable Ends ends) {
        if (ends == null) {
            return "PROXY UNKNOWN\r\n";
        }
        boolean ipv4 = ends.ipv4();
        return "PROXY " + (ipv4 ? "TCP4 " : "TCP6 ") + text(ends.client(), ipv4) + " " + text(ends.reached(), ipv4)
                + " " + ends.client().getPort() + " " + ends.reached().getPort() + "\r\n";
    }

    private static String text(InetSocketAddress end, boolean ipv4) {
        String address = end.getAddress().getHostAddress();
        int scope = address.indexOf('%');
        if (!ipv4 && end.getAddress() instanceof Inet4Address) {
            return "::ffff:" + address;
        }
        return scope < 0 ? address : address.substring(0, scope);
    }

    private static byte[] binary(Ends ends) {
        boolean ipv4 = ends.ipv4();
        int length = 2 * (ipv4 ? IPV4_LENGTH : IPV6_LENGTH) + 2 * Short.BYTES;
        return binary(PROXY, ipv4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6, length)
                .put(bytes(ends.client().getAddress(), ipv4))
                .put(bytes(ends.reached().getAddress(), ipv4))
                .putShort((short) ends.client().getPort())
                .putShort((short) ends.reached().getPort())
                .array();
    }

    private static ByteBuffer binary(int command, int family, int length) {
        return ByteBuffer.allocate(HEAD_LENGTH + length)
                .put(SIGNATURE)
                .put((byte) command)
                .put((byte) family)
                .putShort((short) length);
    }

    private static byte[] bytes(InetAddress address, boolean ipv4) {
        byte[] own = address.getAddress();
        if (ipv4 || own.length == IPV6_LENGTH) {
            return own;
        }
        // An address of IPv4 beside one of IPv6 is written as one (RFC 4291 section 2.5.5.2).
        return ByteBuffer.allocate(IPV6_LENGTH)
                .putShort(IPV6_LENGTH - IPV4_LENGTH - Short.BYTES, (short) 0xffff)
                .position(IPV6_LENGTH - IPV4_LENGTH)
                .put(own)
                .array();
    }
}
