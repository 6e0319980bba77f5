package dev.goaround.dns;

import dev.goaround.membership.NameServer.Place;
import dev.goaround.membership.NameServer.Question;
import dev.goaround.membership.NameServer.RecordType;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.CorruptedFrameException;
import io.netty.handler.codec.dns.DefaultDnsRecordDecoder;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponse;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.util.NetUtil;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The records that a question leads to, along the aliases (CNAME, RFC 1034 section 3.6.2) of one or several answers. Names are
 * compared without regard to case (RFC 4343). Not thread-safe.
 */
final class AliasChain {

    /** Where an answer leads. */
    enum End {
        FOUND,
        ABSENT,
        /** To an alias of which the answer says no more. */
        LEADS_ON,
        /** Nowhere: too many aliases, or a circle of them. */
        ENDLESS,
        /** To records none of which can be read, as those of some servers for types that they don't know (RFC 4074 section 4.4). */
        SENSELESS
    }

    /** A name that can be asked for, or none. DNS itself allows any octets in one, which have no business in logs. */
    private static final Pattern TARGET = Pattern.compile("([a-z0-9_-]{1,63}(\\.[a-z0-9_-]{1,63})*)?");

    private final RecordType type;
    private String name;
    private int left;
    private long ttl = Long.MAX_VALUE;
    private final Set<Place> places = new LinkedHashSet<>();
    private boolean senseless;

    /** @param most longest chain */
    AliasChain(Question question, int most) {
        this.type = question.type();
        this.name = question.name();
        this.left = most;
    }

    /** The name that the chain leads to so far. */
    String name() {
        return name;
    }

    /** What was found. */
    List<Place> places() {
        return List.copyOf(places);
    }

    /** How long all of it holds, the aliases included. */
    Duration ttl() {
        return Duration.ofSeconds(ttl);
    }

    /** Follows the aliases of an answer, from the name that the chain leads to so far. */
    End follow(DnsResponse response) {
        Map<String, List<DnsRawRecord>> records = new HashMap<>();
        for (int i = 0; i < response.count(DnsSection.ANSWER); i++) {
            if (response.recordAt(DnsSection.ANSWER, i) instanceof DnsRawRecord record
                    && record.dnsClass() == DnsRecord.CLASS_IN) {
                records.computeIfAbsent(plain(record.name()), key -> new ArrayList<>())
                        .add(record);
            }
        }
        String asked = name;
        while (true) {
            List<DnsRawRecord> here = records.getOrDefault(name, List.of());
            here.stream().filter(record -> is(record, type.name())).forEach(this::add);
            if (!places.isEmpty()) {
                return End.FOUND;
            }
            if (senseless) {
                return End.SENSELESS;
            }
            DnsRawRecord alias = here.stream()
                    .filter(record -> is(record, "CNAME"))
                    .findFirst()
                    .orElse(null);
            if (alias == null) {
                return name.equals(asked) || !here.isEmpty() ? End.ABSENT : End.LEADS_ON;
            }
            if (left-- == 0) {
                return End.ENDLESS;
            }
            ttl = Math.min(ttl, ttl(alias));
            name = plain(DefaultDnsRecordDecoder.decodeName(alias.content().duplicate()));
        }
    }

    /** Adds what a record says; one that can't be read spoils none of the others. */
    private void add(DnsRawRecord record) {
        try {
            Place place = place(record.content().duplicate());
            if (place != null) {
                ttl = Math.min(ttl, ttl(record));
                places.add(place);
            }
        } catch (CorruptedFrameException | IndexOutOfBoundsException e) {
            senseless = true;
        }
    }

    /** Returns null for a host that nobody could ask for. */
    private @Nullable Place place(ByteBuf content) {
        if (type == RecordType.SRV) {
            int priority = content.readUnsignedShort();
            int weight = content.readUnsignedShort();
            int port = content.readUnsignedShort();
            String target = plain(DefaultDnsRecordDecoder.decodeName(content));
            return TARGET.matcher(target).matches() ? new Place(target, port, priority, weight) : null;
        }
        byte[] address = new byte[type == RecordType.A ? 4 : 16];
        if (content.readableBytes() != address.length) {
            throw new CorruptedFrameException("an address of " + content.readableBytes() + " bytes");
        }
        content.readBytes(address);
        return Place.of(NetUtil.bytesToIpAddress(address));
    }

    /** One with the top bit set is none (RFC 2181 section 8). */
    private static long ttl(DnsRecord record) {
        return record.timeToLive() > Integer.MAX_VALUE ? 0 : record.timeToLive();
    }

    private static boolean is(DnsRecord record, String type) {
        return record.type().equals(DnsRecordType.valueOf(type));
    }

    private static String plain(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
