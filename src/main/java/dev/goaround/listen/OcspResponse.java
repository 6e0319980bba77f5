package dev.goaround.listen;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * What an authority says of a certificate (RFC 6960 section 4.2.1). Its signature is for clients to verify.
 *
 * @param serial the serial number of the certificate
 * @param expiry when it is not to be believed any more, or null if it does not say
 * @param der the response as it is sent to clients
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares responses, and nobody changes one.
public record OcspResponse(BigInteger serial, @Nullable Instant expiry, byte[] der) {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    /**
     * Reads a response.
     *
     * @throws IllegalArgumentException with what it is instead
     */
    public static OcspResponse of(byte[] der) {
        try {
            return read(der);
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("not DER", e);
        }
    }

    private static OcspResponse read(byte[] der) {
        Der all = new Der(der);
        Der response = all.enter(Der.SEQUENCE);
        byte[] status = response.take(Der.ENUMERATED);
        if (status.length != 1 || all.more()) {
            throw new IllegalArgumentException("not DER");
        }
        if (status[0] != 0) {
            throw new IllegalArgumentException("the responder's refusal " + refusal(status[0]));
        }
        Der typed = response.enter(Der.explicit(0)).enter(Der.SEQUENCE).skip();
        Der data = new Der(typed.take(Der.OCTETS)).enter(Der.SEQUENCE).enter(Der.SEQUENCE);
        if (data.next(Der.explicit(0))) {
            data.skip();
        }
        // Who responds, and when.
        data.skip().skip();
        Der single = data.enter(Der.SEQUENCE).enter(Der.SEQUENCE);
        // The names and keys of issuers are known as hashes only.
        BigInteger serial =
                new BigInteger(single.enter(Der.SEQUENCE).skip().skip().skip().take(Der.INTEGER));
        // The verdict, and since when.
        single.skip().skip();
        Instant expiry = single.next(Der.explicit(0)) ? time(single.enter(Der.explicit(0))) : null;
        return new OcspResponse(serial, expiry, der);
    }

    private static Instant time(Der at) {
        return Instant.from(TIME.parse(new String(at.take(Der.TIME), StandardCharsets.US_ASCII)));
    }

    private static String refusal(int status) {
        return switch (status) {
            case 1 -> "malformedRequest";
            case 2 -> "internalError";
            case 3 -> "tryLater";
            case 5 -> "sigRequired";
            case 6 -> "unauthorized";
            default -> Integer.toString(status);
        };
    }
}
