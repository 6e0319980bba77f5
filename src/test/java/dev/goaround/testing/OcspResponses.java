package dev.goaround.testing;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** OCSP responses (RFC 6960 section 4.2.1) with everything but a signature that anybody could verify. */
public final class OcspResponses {

    private static final int SEQUENCE = 0x30;
    private static final byte[] BASIC = {0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01};
    private static final byte[] SHA1 = {0x30, 0x07, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a};
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private OcspResponses() {}

    /** One that says that the certificate with that serial number is good until then, or without an end. */
    public static byte[] good(BigInteger serial, @Nullable Instant until) {
        byte[] hash = value(0x04, new byte[20]);
        byte[] certificate = value(SEQUENCE, SHA1, hash, hash, value(0x02, serial.toByteArray()));
        byte[] end = until == null ? new byte[0] : value(0xa0, time(until));
        byte[] single = value(SEQUENCE, certificate, value(0x80), time(Instant.EPOCH), end);
        byte[] data = value(SEQUENCE, value(0xa2, hash), time(Instant.EPOCH), value(SEQUENCE, single));
        byte[] basic = value(SEQUENCE, data, SHA1, value(0x03, new byte[] {0, 1}));
        byte[] typed = value(SEQUENCE, BASIC, value(0x04, basic));
        return value(SEQUENCE, value(0x0a, new byte[] {0}), value(0xa0, typed));
    }

    /** A responder's refusal. */
    public static byte[] unauthorized() {
        return value(SEQUENCE, value(0x0a, new byte[] {6}));
    }

    private static byte[] time(Instant at) {
        return value(0x18, TIME.format(at).getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] value(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(tag);
        if (content.size() > 0x7f) {
            all.write(0x82);
            all.write(content.size() >> 8);
        }
        all.write(content.size());
        all.writeBytes(content.toByteArray());
        return all.toByteArray();
    }
}
