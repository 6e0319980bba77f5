package dev.goaround.http;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One hop of a request as forwarding fields name it (RFC 7239 section 6): an address, {@code unknown} or an obfuscated name, each with
 * or without a port. {@code X-Forwarded-For} has the same forms, and IPv6 addresses without brackets as well.
 *
 * @param address its address, or null if the field hides it
 * @param name its address as text, {@code unknown} or the obfuscated name
 * @param port the port or the obfuscated name of one, or null for none
 */
public record ForwardedNode(
        @Nullable InetAddress address,
        String name,
        @Nullable String port) {

    private static final String UNKNOWN = "unknown";
    private static final Pattern OBFUSCATED = Pattern.compile("_[A-Za-z0-9._-]+");
    private static final Pattern IPV4 = Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*");
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

    /** Longer ones than any address with its zone and port. */
    private static final int MAX_LENGTH = 128;

    /** Returns the hop that the text names, or null if it names none. */
    public static @Nullable ForwardedNode parse(String text) {
        String node = unquoted(text.strip());
        if (node.isEmpty() || node.length() > MAX_LENGTH) {
            return null;
        }
        int bracket = node.lastIndexOf(']');
        int colon = node.lastIndexOf(':');
        if (node.charAt(0) == '[') {
            return bracket < 0 ? null : of(node.substring(1, bracket), port(node, bracket + 1));
        }
        if (colon < 0 || colon == node.indexOf(':')) {
            return colon < 0 ? of(node, "") : of(node.substring(0, colon), port(node, colon));
        }
        ForwardedNode ipv6 = of(node, "");
        // What is too long for an address may be one with a port, which some proxies append without brackets.
        return ipv6 != null ? ipv6 : of(node.substring(0, colon), port(node, colon));
    }

    /** Some proxies quote elements of {@code X-Forwarded-For} as those of {@code Forwarded} are. */
    private static String unquoted(String text) {
        boolean quoted = text.length() > 1 && text.charAt(0) == '"' && text.charAt(text.length() - 1) == '"';
        return quoted ? text.substring(1, text.length() - 1) : text;
    }

    /** Returns the port from its colon on; empty for none, null for one that is none. */
    private static @Nullable String port(String node, int from) {
        if (from == node.length()) {
            return "";
        }
        String port = node.substring(from + 1);
        boolean named = OBFUSCATED.matcher(port).matches();
        boolean valid = named || (PORT.matcher(port).matches() && Integer.parseInt(port) <= 65_535);
        return node.charAt(from) == ':' && valid ? port : null;
    }

    private static @Nullable ForwardedNode of(String name, @Nullable String port) {
        if (port == null) {
            return null;
        }
        String present = port.isEmpty() ? null : port;
        if (name.equalsIgnoreCase(UNKNOWN)) {
            return new ForwardedNode(null, UNKNOWN, present);
        }
        if (OBFUSCATED.matcher(name).matches()) {
            return new ForwardedNode(null, name, present);
        }
        InetAddress address = address(name);
        return address == null ? null : new ForwardedNode(address, text(address), present);
    }

    /** Never asks DNS. An IPv4 address in its IPv6-mapped form is the IPv4 address. */
    private static @Nullable InetAddress address(String name) {
        int zone = name.indexOf('%');
        String plain = zone < 0 ? name : name.substring(0, zone);
        boolean literal = (zone < 0 && IPV4.matcher(plain).matches())
                || IPV6.matcher(plain).matches();
        byte[] bytes = literal ? NetUtil.createByteArrayFromIpAddressString(plain) : null;
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            return null; // Only for lengths that are not an address's.
        }
    }

    /** Returns an address as text, without the zone of a link-local one, which means nothing on other machines. */
    public static String text(InetAddress address) {
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        return zone < 0 ? text : text.substring(0, zone);
    }

    /** Returns this as the value of a {@code for} parameter, quoted where it is no token (RFC 7239 section 4). */
    public String parameter() {
        boolean ipv6 = address != null && name.indexOf(':') >= 0;
        if (!ipv6 && port == null) {
            return name;
        }
        String node = ipv6 ? "[" + name + "]" : name;
        return "\"" + node + (port == null ? "" : ":" + port) + "\"";
    }

    /** Whether both are the same hop, whatever the ports of its connections. */
    public boolean sameHop(ForwardedNode other) {
        return address == null
                ? other.address == null && lower(name).equals(lower(other.name))
                : address.equals(other.address);
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
