package dev.goaround.listen;

import dev.goaround.http.FieldNames;
import dev.goaround.settings.Cidr;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The proxies in front whose word about requests counts.
 *
 * @param blocks where they are
 */
public record TrustedProxies(List<Cidr> blocks) {

    public TrustedProxies {
        blocks = List.copyOf(blocks);
    }

    /** Whether the address is one of theirs. */
    public boolean trust(InetAddress address) {
        for (Cidr block : blocks) {
            if (block.contains(address)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Returns the address that a request comes from, as far as it can be believed: the last one in {@code X-Forwarded-For} that
     * is no proxy of ours.
     *
     * @param headers as the client sent them or as they go to backends, with the peer's own address at the end
     */
    public String client(HttpHeaders headers, Peer peer) {
        String field = trust(peer.address()) ? headers.get(FieldNames.X_FORWARDED_FOR) : null;
        if (field == null) {
            return peer.ip();
        }
        int end = field.length();
        while (true) {
            int comma = field.lastIndexOf(',', end - 1);
            String element = field.substring(comma + 1, end).trim();
            if (comma < 0 || !trusted(element)) {
                return element;
            }
            end = comma;
        }
    }

    private boolean trusted(String element) {
        InetAddress address = address(element);
        return address != null && trust(address);
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
