package dev.goaround.accesslog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.json.JsonParserFactory;

/** Holds the two formats literally: they are contracts with whoever reads the lines. */
class LineFormatTests {

    private static final AccessEntry BROWSER =
            Entries.of("/a/b?c=d&e", "Mozilla/5.0 (X11; Linux)", "https://example.org/?from=x");

    private static String json(AccessEntry entry, boolean query) {
        StringBuilder line = new StringBuilder();
        new JsonFormat(query).append(entry, line);
        return line.toString();
    }

    private static String combined(AccessEntry entry, boolean query) {
        StringBuilder line = new StringBuilder();
        new CombinedFormat(query).append(entry, line);
        return line.toString();
    }

    @Test
    void combinedIsApaches() {
        assertThat(combined(BROWSER, true))
                .isEqualTo("192.0.2.7 - - [27/Nov/2026:14:05:06 +0000] \"GET /a/b?c=d&e HTTP/1.1\" 200 1234"
                        + " \"https://example.org/?from=x\" \"Mozilla/5.0 (X11; Linux)\"\n");
    }

    @Test
    void jsonHasWhatIsKnown() {
        assertThat(json(BROWSER, true))
                .isEqualTo(
                        "{\"time\":\"2026-11-27T14:05:06.789Z\",\"requestId\":\"0192f4b6-1c2d-7abc-8abc-0123456789ab\","
                                + "\"client\":\"192.0.2.7\",\"method\":\"GET\",\"path\":\"/a/b\",\"query\":\"c=d&e\","
                                + "\"protocol\":\"HTTP/1.1\",\"status\":200,\"bytesIn\":17,\"bytesOut\":1234,"
                                + "\"durationMillis\":12.345,\"queueMillis\":0.000,\"connectMillis\":1.500,"
                                + "\"firstByteMillis\":10.000,\"bodyMillis\":0.845,\"attempts\":2,\"backend\":\"app-1-8080\","
                                + "\"tlsVersion\":\"TLSv1.3\",\"userAgent\":\"Mozilla/5.0 (X11; Linux)\","
                                + "\"referer\":\"https://example.org/?from=x\"}\n");
    }

    @Test
    void whatCouldNotBeReadIsLeftOut() {
        assertThat(combined(Entries.unread(), true))
                .isEqualTo("192.0.2.7 - - [27/Nov/2026:14:05:06 +0000] \"-\" 400 - \"-\" \"-\"\n");
        assertThat(json(Entries.unread(), true))
                .isEqualTo("{\"time\":\"2026-11-27T14:05:06.789Z\",\"requestId\":\"id\",\"client\":\"192.0.2.7\","
                        + "\"protocol\":\"HTTP/1.1\",\"status\":400,\"bytesIn\":0,\"bytesOut\":0,"
                        + "\"durationMillis\":0.000,\"attempts\":0,\"problem\":\"http_request_error\"}\n");
    }

    @Test
    void queriesStayOutIfTheyAreToStayOut() {
        assertThat(combined(BROWSER, false)).doesNotContain("c=d").doesNotContain("from=x");
        assertThat(json(BROWSER, false))
                .doesNotContain("c=d")
                .doesNotContain("from=x")
                .doesNotContain("\"query\"");
    }

    static Stream<String> injections() {
        Random random = new Random(1);
        return Stream.concat(
                Stream.of(
                        "/a\r\n127.0.0.1 - - [x] \"GET /forged HTTP/1.1\" 200 1",
                        "/\" 200 17 \"-\" \"-\"",
                        "/\\",
                        "/\\\"",
                        "/\",\"status\":500,\"x\":\"",
                        "/\u001b[31mred\u001b[0m\u001b]0;title\u0007",
                        "/\u0000\u0008\u0009\u000b\u007f",
                        "/\u0085\u009b31m",
                        "/caf\u00c3\u00a9/\u00c3(/\u00ff\u00fe",
                        "/\u2028\u2029\ud800",
                        "/?" + "x".repeat(100_000)),
                IntStream.range(0, 200)
                        .mapToObj(i -> "/"
                                + random.ints(40, 0, i % 2 == 0 ? 0x100 : 0x10000)
                                        .collect(
                                                StringBuilder::new,
                                                (text, c) -> text.append((char) c),
                                                StringBuilder::append)));
    }

    @ParameterizedTest
    @MethodSource("injections")
    void nothingThatAClientSendsGetsOutOfItsPlace(String hostile) {
        AccessEntry entry = Entries.of(hostile, hostile, hostile);

        assertThat(combined(entry, true))
                .hasSizeLessThan(20_000)
                .matches("192\\.0\\.2\\.7 - - \\[[^\\]]*\\] \"GET (?:[ -!#-\\[\\]-~]++|\\\\.)*+\" 200 1234"
                        + "( \"(?:[ -!#-\\[\\]-~]++|\\\\.)*+\"){2}\n");
        String json = json(entry, true);
        assertThat(json).hasSizeLessThan(25_000).matches("[ -~]*\n");
        Map<String, Object> read = JsonParserFactory.getJsonParser().parseMap(json);
        assertThat(read).containsEntry("status", 200).containsKey("backend").containsEntry("client", "192.0.2.7");
        String target = read.get("path") + (read.containsKey("query") ? "?" + read.get("query") : "");
        assertThat(target).isEqualTo(hostile.length() > 2048 ? hostile.substring(0, 2045) + "..." : hostile);
    }

    @Test
    void aClientsAddressThatIsNoneStaysOneWord() {
        AccessEntry unread = Entries.unread();
        AccessEntry forged = new AccessEntry(
                unread.at(),
                unread.id(),
                "x - - [y] \"GET / HTTP/1.1\"",
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
                null);

        assertThat(combined(forged, true))
                .startsWith("x\\x20-\\x20-\\x20[y]\\x20\\\"GET\\x20/\\x20HTTP/1.1\\\" - - [27");
    }

    @Test
    void numbersAreWrittenAlikeEverywhere() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
        try {
            assertThat(combined(BROWSER, true)).contains("[27/Nov/2026:14:05:06 +0000]");
            assertThat(json(BROWSER, true)).contains("2026-11-27T14:05:06.789Z").contains(":12.345,");
        } finally {
            Locale.setDefault(before);
        }
    }
}
