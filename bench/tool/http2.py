"""As much of HTTP/2 as a hostile client needs: frames, and field blocks without Huffman coding (RFC 9113, RFC 7541)."""
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 8, 9
END_STREAM, ACK, END_HEADERS, PRIORITY = 1, 1, 4, 32
HEADER_TABLE_SIZE, INITIAL_WINDOW_SIZE = 1, 4
INTERNAL_ERROR, REFUSED_STREAM, CANCEL = 2, 7, 8


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def settings(**values):
    numbers = {"table": HEADER_TABLE_SIZE, "window": INITIAL_WINDOW_SIZE}
    return frame(SETTINGS, payload=b"".join(struct.pack(">HI", numbers[name], value) for name, value in values.items()))


def integer(value, prefix_bits, first=0):
    """An integer of HPACK (RFC 7541 section 5.1)."""
    most = (1 << prefix_bits) - 1
    if value < most:
        return bytes([first | value])
    out, value = [first | most], value - most
    while value >= 128:
        out.append(value % 128 | 128)
        value //= 128
    return bytes([*out, value])


def text(value):
    return integer(len(value), 7) + value


def field(name, value, indexed=False):
    """A literal field, which the other end keeps in its table if it is to be indexed."""
    return (b"\x40" if indexed else b"\x00") + text(name) + text(value)


def kept(index):
    """A field by its place in the dynamic table, the latest being 0."""
    return integer(62 + index, 7, 128)


def request(method, path, *fields):
    pseudo = field(b":method", method) + field(b":scheme", b"http") + field(b":path", path) + field(b":authority", b"bench")
    return pseudo + b"".join(fields)


def headers(stream, block, end=True):
    return frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, block)
