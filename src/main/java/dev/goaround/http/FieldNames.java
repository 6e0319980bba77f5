package dev.goaround.http;

import io.netty.util.AsciiString;

/** Names of the fields that GoAround writes, in the case that people are used to. Looking a field up ignores case. */
public final class FieldNames {

    public static final AsciiString CACHE_CONTROL = AsciiString.cached("Cache-Control");
    public static final AsciiString CLIENT_CERT = AsciiString.cached("Client-Cert");
    public static final AsciiString CONNECTION = AsciiString.cached("Connection");
    public static final AsciiString CONTENT_LENGTH = AsciiString.cached("Content-Length");
    public static final AsciiString CONTENT_TYPE = AsciiString.cached("Content-Type");
    public static final AsciiString DATE = AsciiString.cached("Date");
    public static final AsciiString EXPECT = AsciiString.cached("Expect");
    public static final AsciiString FORWARDED = AsciiString.cached("Forwarded");
    public static final AsciiString HOST = AsciiString.cached("Host");
    public static final AsciiString KEEP_ALIVE = AsciiString.cached("Keep-Alive");
    public static final AsciiString PROXY_STATUS = AsciiString.cached("Proxy-Status");
    public static final AsciiString RETRY_AFTER = AsciiString.cached("Retry-After");
    public static final AsciiString TE = AsciiString.cached("TE");
    public static final AsciiString TRANSFER_ENCODING = AsciiString.cached("Transfer-Encoding");
    public static final AsciiString UPGRADE = AsciiString.cached("Upgrade");
    public static final AsciiString VIA = AsciiString.cached("Via");
    public static final AsciiString X_FORWARDED_FOR = AsciiString.cached("X-Forwarded-For");
    public static final AsciiString X_FORWARDED_HOST = AsciiString.cached("X-Forwarded-Host");
    public static final AsciiString X_FORWARDED_PORT = AsciiString.cached("X-Forwarded-Port");
    public static final AsciiString X_FORWARDED_PROTO = AsciiString.cached("X-Forwarded-Proto");

    private FieldNames() {}
}
