package dev.goaround.accesslog;

import org.jspecify.annotations.Nullable;

/** Entries for tests. */
final class Entries {

    /** 2026-11-27T14:05:06.789Z. */
    static final long AT = 1_795_788_306_789L;

    private Entries() {}

    static AccessEntry of(String target, @Nullable String userAgent, @Nullable String referer) {
        return new AccessEntry(
                AT,
                "0192f4b6-1c2d-7abc-8abc-0123456789ab",
                "192.0.2.7",
                "GET",
                target,
                "HTTP/1.1",
                200,
                17,
                1234,
                12_345_678,
                new AccessEntry.Phases(0, 1_500_000, 10_000_000, 845_678),
                2,
                "app-1-8080",
                "TLSv1.3",
                userAgent,
                referer,
                null,
                null);
    }

    static AccessEntry numbered(int number) {
        return of("/" + number, null, null);
    }

    static AccessEntry unread() {
        return new AccessEntry(
                AT,
                "id",
                "192.0.2.7",
                null,
                null,
                "HTTP/1.1",
                400,
                0,
                0,
                0,
                AccessEntry.Phases.NONE,
                0,
                null,
                null,
                null,
                null,
                null,
                "http_request_error");
    }
}
