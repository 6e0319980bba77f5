package dev.goaround.settings;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * A block of IP addresses, such as {@code 10.0.0.0/8}, {@code fd00::/8} or the single address {@code 192.0.2.1} (RFC 4632,
 * RFC 4291 section 2.3). Immutable.
 *
 * <p>IPv4 addresses written or received in their IPv6-mapped form ({@code ::ffff:10.0.0.1}) are the same as the plain ones.
 */
public final class Cidr {

    private static final Pattern IPV4 = Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*");
    private static final Pattern PREFIX = Pattern.compile("0|[1-9][0-9]{0,2}");
    private static final int MAPPED_BITS = 96;

    private final byte[] network;
    private final int prefix;

    private Cidr(byte[] network, int prefix) {
        this.network = network;
        this.prefix = prefix;
    }

    /**
     * Reads an address or a block. Never asks DNS.
     *
     * @throws IllegalArgumentException if the text is neither, or has bits set behind its prefix
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        byte[] network = address(text, address);
        int bits = network.length * 8;
        int prefix = bits;
        if (slash >= 0) {
            prefix = prefix(text, text.substring(slash + 1));
            // ::ffff:10.0.0.0/104 counts the 96 bits of the mapping; the address has become four bytes long.
            prefix = bits == 32 && address.indexOf(':') >= 0 ? prefix - MAPPED_BITS : prefix;
        }
        if (prefix < 0 || prefix > bits) {
            throw refused(text);
        }
        Cidr block = new Cidr(masked(network, prefix), prefix);
        if (!Arrays.equals(network, block.network)) {
            // 10.1.2.3/8 is as likely a slip in the prefix as in the address.
            throw new IllegalArgumentException(text + ": has bits behind its prefix, did you mean " + block + "?");
        }
        return block;
    }

    /** As {@link #parse}; the name by which Spring's conversion finds it. */
    public static Cidr valueOf(String text) {
        return parse(text);
    }

    /** Whether the address lies in this block. */
    public boolean contains(InetAddress address) {
        byte[] bytes = unmapped(address.getAddress());
        return bytes.length == network.length && Arrays.equals(network, masked(bytes, prefix));
    }

    private static byte[] address(String text, String address) {
        if (!IPV4.matcher(address).matches() && !IPV6.matcher(address).matches()) {
            throw refused(text);
        }
        try {
            // A literal that passed the patterns is parsed, never looked up.
            return unmapped(InetAddress.getByName(address).getAddress());
        } catch (UnknownHostException e) {
            throw refused(text);
        }
    }

    private static int prefix(String text, String prefix) {
        if (!PREFIX.matcher(prefix).matches()) {
            throw refused(text);
        }
        return Integer.parseInt(prefix);
    }

    private static byte[] unmapped(byte[] bytes) {
        boolean mapped = bytes.length == 16 && bytes[10] == -1 && bytes[11] == -1;
        for (int i = 0; mapped && i < 10; i++) {
            mapped = bytes[i] == 0;
        }
        return mapped ? Arrays.copyOfRange(bytes, 12, 16) : bytes;
    }

    private static byte[] masked(byte[] bytes, int prefix) {
        byte[] masked = bytes.clone();
        for (int i = 0; i < masked.length; i++) {
            int kept = Math.max(0, Math.min(8, prefix - i * 8));
            masked[i] &= (byte) (0xff << (8 - kept));
        }
        return masked;
    }

    private static IllegalArgumentException refused(String text) {
        return new IllegalArgumentException(text + ": not an IP address or CIDR block");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cidr cidr && prefix == cidr.prefix && Arrays.equals(network, cidr.network);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(network) + prefix;
    }

    @Override
    public String toString() {
        try {
            return InetAddress.getByAddress(network).getHostAddress() + "/" + prefix;
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
