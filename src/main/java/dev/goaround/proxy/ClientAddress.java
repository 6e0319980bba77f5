package dev.goaround.proxy;

import dev.goaround.listen.Peer;
import dev.goaround.settings.Cidr;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The address that a request comes from, as far as it can be believed: the last one in {@code X-Forwarded-For} that is no proxy
 * of ours.
 */
final class ClientAddress {

    private static final AsciiString FORWARDED_FOR = AsciiString.cached("X-Forwarded-For");

    private ClientAddress() {}

    /**
     * Returns the address as text.
     *
     * @param headers as they go to backends, so with the peer's own address at the end
     */
    static String of(HttpHeaders headers, Peer peer, List<Cidr> trusted) {
        String field = headers.get(FORWARDED_FOR);
        if (trusted.isEmpty() || field == null) {
            return peer.ip();
        }
        int end = field.length();
        while (true) {
            int comma = field.lastIndexOf(',', end - 1);
            String element = field.substring(comma + 1, end).trim();
            if (comma < 0 || !trusted(element, trusted)) {
                return element;
            }
            end = comma;
        }
    }

    private static boolean trusted(String element, List<Cidr> trusted) {
        InetAddress address = address(element);
        return address != null && trusted.stream().anyMatch(block -> block.contains(address));
    }

    private static @Nullable InetAddress address(String text) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            return null; // Only for lengths that are not an address's.
        }
    }
}
