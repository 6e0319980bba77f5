package dev.goaround.proxy;

import java.util.List;
import java.util.Random;

/** A message that was good once: one of a few grammatical ones, changed in some places as a seed says. */
final class Mutation {

    /** Each is for the target {@code /tNt}, where N is the seed. */
    static final List<String> REQUESTS = List.of(
            "GET /TOKEN HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /TOKEN?x=1 HTTP/1.1\r\nHost: a:80\r\nConnection: keep-alive, X-A\r\nX-A: 1\r\nCookie: a=\"b\"\r\n\r\n",
            "HEAD /TOKEN HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\nGET /TOKEN HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /TOKEN HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world",
            "POST /TOKEN HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n"
                    + "5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX: 1\r\n\r\n",
            "PUT http://a/TOKEN HTTP/1.1\r\nHost: b\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
            "POST /TOKEN HTTP/1.1\r\nHost: a\r\nContent-Length: 45\r\n\r\nGET /smuggled/TOKEN HTTP/1.1\r\nHost: a\r\n\r\nabcde",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 1\r\n\r\n",
            "GET /TOKEN HTTP/1.0\r\n\r\n");

    static final List<String> ANSWERS = List.of(
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-T: TOKEN\r\n\r\nTOKEN",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-T: TOKEN\r\n\r\n4\r\nbody\r\n0\r\nX-U: TOKEN\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nLink: <TOKEN>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 204 No Content\r\nX-T: TOKEN\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: \"TOKEN\"\r\n\r\n",
            "HTTP/1.0 200 OK\r\nX-T: TOKEN\r\n\r\nuntil the end",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL");

    private static final List<String> SPLICES = List.of(
            "\r\n",
            "\n",
            "\r",
            "\r\n\r\n",
            "\0",
            " ",
            "\t",
            ":",
            ";",
            ",",
            "0\r\n\r\n",
            "\u00ff",
            "\u0085",
            "%00",
            "%0d%0a",
            "Content-Length: 5\r\n",
            "Content-Length: 0\r\n",
            "Content-Length: +1\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: x\r\n",
            "Transfer-Encoding : chunked\r\n",
            " Transfer-Encoding: chunked\r\n",
            "Host: b\r\n",
            "Connection: close\r\n",
            "Connection: Host, Content-Length\r\n",
            "Expect: 100-continue\r\n",
            "chunked",
            "HTTP/1.1",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\n\r\n",
            "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
            "fffffffffffffff\r\n",
            "99999999999999999999",
            "-1",
            "0x1");

    private final long seed;
    private final Random random;

    Mutation(long seed) {
        this.seed = seed;
        this.random = new Random(seed * 0x9e3779b97f4a7c15L);
    }

    String of(List<String> messages) {
        StringBuilder message = new StringBuilder(pick(messages).replace("TOKEN", "t" + seed + "t"));
        for (int changes = random.nextInt(5); changes > 0 && !message.isEmpty(); changes--) {
            change(message);
        }
        return message.toString();
    }

    private void change(StringBuilder message) {
        int at = random.nextInt(message.length());
        int end = Math.min(message.length(), at + 1 + random.nextInt(12));
        switch (random.nextInt(6)) {
            case 0 -> message.setCharAt(at, (char) random.nextInt(256));
            case 1 -> message.delete(at, end);
            case 2 -> message.insert(at, message.substring(at, end));
            case 3 -> message.setLength(at);
            case 4 -> message.insert(lineStart(message, at), pick(SPLICES));
            default -> message.insert(at, pick(SPLICES));
        }
    }

    private static int lineStart(StringBuilder message, int at) {
        return message.lastIndexOf("\n", at) + 1;
    }

    private String pick(List<String> from) {
        return from.get(random.nextInt(from.size()));
    }
}
