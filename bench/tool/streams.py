"""Backends of HTTP/2 that reset some of their streams, in a process of their own each."""
import asyncio
import itertools
import multiprocessing
import struct
import zlib

from . import http2

WORK = 0.004  # seconds that a request takes
EVERY = 10  # one stream in so many is reset before its response's head
CODES = (http2.INTERNAL_ERROR, http2.REFUSED_STREAM, http2.CANCEL)


class Fields:
    """
    The method and the path of field blocks (RFC 7541), of encoders that don't use Huffman coding for short strings.

    What an encoder evicts from the table it refers to no more, so that nothing need be evicted here.
    """

    STATIC = {2: (":method", "GET"), 3: (":method", "POST"), 4: (":path", "/"), 5: (":path", "/index.html")}
    FIRST_DYNAMIC = 62

    def __init__(self):
        self.table = []

    def at(self, index):
        if index < self.FIRST_DYNAMIC:
            return self.STATIC.get(index, ("", ""))
        return self.table[-1 - (index - self.FIRST_DYNAMIC)]

    def decode(self, block):
        """A dictionary of the fields, those of no interest under the empty name."""
        found, self.block, self.place = {}, block, 0
        while self.place < len(block):
            first = block[self.place]
            if first & 128:
                name, value = self.at(self.integer(7))
            elif first & 64:
                name, value = self.literal(6)
                self.table.append((name, value))
            elif first & 32:
                self.integer(5)  # the size of the table
                continue
            else:
                name, value = self.literal(4)
            found[name] = value
        return found

    def literal(self, bits):
        index = self.integer(bits)
        name = self.at(index)[0] if index else self.text()
        return name, self.text()

    def integer(self, bits):
        most = (1 << bits) - 1
        value = self.block[self.place] & most
        self.place += 1
        shift = 0
        while value >= most or shift:
            byte = self.block[self.place]
            self.place += 1
            value += (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        return value

    def text(self):
        coded = self.block[self.place] & 128
        length = self.integer(7)
        bytes_ = self.block[self.place:self.place + length]
        self.place += length
        return "?" if coded else bytes_.decode("latin-1")


class Connection(asyncio.Protocol):
    """One connection of a load balancer, which may begin with an upgrade from nothing else: prior knowledge only."""

    def __init__(self, name, counter):
        self.name, self.counter, self.fields = name, counter, Fields()
        self.buffer, self.begun, self.bodies, self.heads = b"", False, {}, {}

    def connection_made(self, transport):
        self.transport = transport
        large = struct.pack(">I", (1 << 30))
        transport.write(http2.settings(window=1 << 20) + http2.frame(http2.WINDOW_UPDATE, payload=large))

    def data_received(self, data):
        self.buffer += data
        if not self.begun and len(self.buffer) >= len(http2.PREFACE):
            self.begun, self.buffer = True, self.buffer[len(http2.PREFACE):]
        while self.begun and len(self.buffer) >= 9:
            length = int.from_bytes(self.buffer[:3], "big")
            if len(self.buffer) < 9 + length:
                return
            kind, flags, stream = self.buffer[3], self.buffer[4], int.from_bytes(self.buffer[5:9], "big") & 0x7FFFFFFF
            payload, self.buffer = self.buffer[9:9 + length], self.buffer[9 + length:]
            self.take(kind, flags, stream, payload)

    def take(self, kind, flags, stream, payload):
        if kind == http2.SETTINGS and not flags & http2.ACK:
            self.transport.write(http2.frame(http2.SETTINGS, http2.ACK))
        elif kind == http2.PING and not flags & http2.ACK:
            self.transport.write(http2.frame(http2.PING, http2.ACK, 0, payload))
        elif kind == http2.HEADERS:
            if flags & http2.PRIORITY:
                payload = payload[5:]
            self.heads[stream], self.bodies[stream] = self.fields.decode(payload), b""
        elif kind == http2.DATA and stream in self.bodies:
            self.bodies[stream] += payload
        elif kind == http2.RST_STREAM:
            self.heads.pop(stream, None)
        if kind in (http2.HEADERS, http2.DATA) and flags & http2.END_STREAM:
            asyncio.get_running_loop().call_later(WORK, self.respond, stream)

    def respond(self, stream):
        head, body = self.heads.pop(stream, None), self.bodies.pop(stream, b"")
        if head is None or self.transport.is_closing():
            return
        turn = next(self.counter)
        if turn % EVERY == 0 and head[":path"] != "/health":
            code = CODES[turn // EVERY % len(CODES)]
            self.transport.write(http2.frame(http2.RST_STREAM, 0, stream, struct.pack(">I", code)))
            return
        text = f"{self.name} {head[':method']} {head[':path']} {len(body)} {zlib.crc32(body)}".encode()
        block = b"\x88" + http2.field(b"content-length", str(len(text)).encode())
        self.transport.write(http2.headers(stream, block, end=False) + http2.frame(http2.DATA, http2.END_STREAM, stream, text))


def serve(name, ports):
    """Serves on a port of its own, which it puts there, until the process ends."""

    async def forever():
        counter = itertools.count(1)
        server = await asyncio.get_running_loop().create_server(lambda: Connection(name, counter), "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(forever())


class Resetting:
    """A backend like that; it ends with this process at the latest."""

    def __init__(self, name):
        spawn = multiprocessing.get_context("spawn")
        ports = spawn.Queue()
        self.name, self.process = name, spawn.Process(target=serve, args=(name, ports), daemon=True)
        self.process.start()
        self.port = ports.get(timeout=30)

    def stop(self):
        self.process.kill()
        self.process.join()
