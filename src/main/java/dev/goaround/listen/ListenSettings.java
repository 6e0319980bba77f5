package dev.goaround.listen;

import dev.goaround.http.MessageLimits;
import dev.goaround.settings.Requirements;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What clients may do on the traffic port ({@code goaround.listen.*}).
 *
 * @param requestLineLimit Longest request line; a longer one gets 414.
 * @param headerLimit Largest header block; a larger one gets 431.
 * @param headerCountLimit Most header fields, Host not counted; more get 431.
 * @param bodyLimit Largest request body; a larger one gets 413. Unset means no limit.
 * @param headerTimeout Longest time from the first byte of a request's head to its last; then 408.
 * @param bodyTimeout Longest wait for more of a request's body; then 408.
 * @param keepAliveTimeout Longest time that a connection may idle between requests before it is closed.
 */
public record ListenSettings(
        @DefaultValue("16KB") DataSize requestLineLimit,
        @DefaultValue("32KB") DataSize headerLimit,
        @DefaultValue("100") int headerCountLimit,
        @Nullable DataSize bodyLimit,
        @DefaultValue("10s") Duration headerTimeout,
        @DefaultValue("30s") Duration bodyTimeout,
        @DefaultValue("75s") Duration keepAliveTimeout) {

    /** Below this the requests of ordinary browsers would be refused; above the other, each connection may pin megabytes. */
    private static final DataSize LEAST = DataSize.ofBytes(256);

    private static final DataSize MOST = DataSize.ofMegabytes(1);

    public ListenSettings {
        new Requirements("goaround.listen")
                .that(within(requestLineLimit), "request-line-limit", requestLineLimit, "expected 256B to 1MB")
                .that(within(headerLimit), "header-limit", headerLimit, "expected 256B to 1MB")
                .range("header-count-limit", headerCountLimit, 1, 10_000)
                .that(bodyLimit == null || !bodyLimit.isNegative(), "body-limit", bodyLimit, "expected >= 0B")
                .duration("header-timeout", headerTimeout)
                .duration("body-timeout", bodyTimeout)
                .duration("keep-alive-timeout", keepAliveTimeout)
                .enforce();
    }

    MessageLimits messageLimits() {
        return new MessageLimits((int) requestLineLimit.toBytes(), (int) headerLimit.toBytes(), headerCountLimit);
    }

    private static boolean within(DataSize size) {
        return size.compareTo(LEAST) >= 0 && size.compareTo(MOST) <= 0;
    }
}
