"""Clients that know what each of their requests must be answered."""
import asyncio
import itertools
import random
import time
import zlib
from collections import namedtuple

LONGEST = 10  # seconds that a client waits for an answer
LONG_IDLE = 5  # seconds
UPLOAD = b"x" * 300_000  # refused before it is read

# how: ok, or in which way it failed; backend: the name of the one that answered, as far as it is known
Exchange = namedtuple("Exchange", "method path how backend began took")

numbers = itertools.count(1)


class Connection(asyncio.Protocol):
    """One connection of HTTP/1.1, with at most one request on it."""

    def __init__(self):
        self.transport, self.answer, self.received, self.open = None, None, b"", False
        self.loop = asyncio.get_running_loop()

    def connection_made(self, transport):
        self.transport, self.open = transport, True

    async def exchange(self, request):
        """Sends it and returns how that went and the body, which may be cut."""
        self.answer, self.received = self.loop.create_future(), b""
        if not self.open:
            return "reset", b""
        self.transport.write(request)
        limit = self.loop.call_later(LONGEST, self.end, "no answer")
        how = await self.answer
        limit.cancel()
        head, _, body = self.received.partition(b"\r\n\r\n")
        if how != "whole":
            began = head.startswith(b"HTTP/1.1 200 ") and how == "reset"
            return ("begun" if began else how), body
        status = head[9:12].decode("latin-1")
        return "ok" if status == "200" else status, body

    def data_received(self, data):
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.received[:end].lower() + b"\r\n"
        place = head.find(b"\r\ncontent-length:")
        if place < 0:
            self.end("no length")
        elif len(self.received) - end - 4 >= int(head[place + 17:head.find(b"\r\n", place + 2)]):
            if b"\r\nconnection: close\r\n" in head:
                self.close()
            self.end("whole")

    def connection_lost(self, exception):
        self.open = False
        self.end("reset")

    def end(self, how):
        if self.answer and not self.answer.done():
            self.answer.set_result(how)

    def close(self):
        self.open = False
        if self.transport:
            self.transport.close()


class Client:
    """Keeps its connection for as long as it can, and never repeats a request."""

    def __init__(self, port):
        self.port, self.connection, self.ended = port, None, 0

    async def send(self, method, kind="work"):
        path = f"/{kind}/{next(numbers)}"
        if kind == "rude":
            body = UPLOAD
        else:
            body = (path * random.randrange(1, 200)).encode() if method in ("PUT", "POST") else b""
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        request = f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{length}\r\n".encode() + body
        began = time.monotonic()
        how, text = await self.exchange(request)
        took = time.monotonic() - began
        if kind == "rude":
            return Exchange(method, path, "ok" if how == "413" else "200" if how == "ok" else how, "", began, took)
        name, _, echo = text.partition(b" ")
        wanted = f"{method} {path} {len(body)} {zlib.crc32(body)}".encode() + (b"x" * 400 if kind in ("stream", "quiet") else b"")
        if how == "ok" and echo != wanted:
            how = "wrong body"
        return Exchange(method, path, how, name.decode("latin-1"), began, took)

    async def exchange(self, request):
        idle = 0
        if not (self.connection and self.connection.open):
            try:
                loop = asyncio.get_running_loop()
                _, self.connection = await loop.create_connection(Connection, "127.0.0.1", self.port)
            except OSError:
                return "refused", b""
        else:
            idle = time.monotonic() - self.ended
        how, body = await self.connection.exchange(request)
        self.ended = time.monotonic()
        if how == "reset" and idle > LONG_IDLE:
            # The other end may close a connection that is idle at any time, and this request was on its way then.
            how = f"reset after {idle:.0f} s idle"
        if how not in ("ok", "500", "502", "503", "504"):
            self.connection.close()
        return how, body

    def close(self):
        if self.connection:
            self.connection.close()


def idempotent(turn):
    """GET, one in ten with an answer in pieces, and PUT with a small body."""
    return ("PUT", "work") if turn % 3 == 2 else ("GET", "stream" if turn % 10 == 0 else "work")


def refused(_):
    return "PUT", "rude"


def quiet(_):
    return "GET", "quiet"


def get(_):
    return "GET", "work"


def post(_):
    return "POST", "work"


def every_method_but_post(turn):
    return ("GET", "PUT", "DELETE")[turn % 3], "work"


def every_method(turn):
    return ("GET", "PUT", "POST", "DELETE")[turn % 4], "work"


class Closed:
    """A closed loop: clients that send one request after the other."""

    def __init__(self, port):
        self.port, self.going, self.done, self.tasks = port, True, [], []

    def add(self, count, mix, requests=None, longest_pause=0.0):
        self.tasks += [asyncio.ensure_future(self.run(mix, requests, longest_pause)) for _ in range(count)]

    async def run(self, mix, requests, longest_pause):
        client = Client(self.port)
        turns = range(requests) if requests else itertools.count()
        for turn in turns:
            if not self.going:
                break
            exchange = await client.send(*mix(turn))
            self.done.append(exchange)
            if exchange.how != "ok":
                # Failing is quick, and must not become most of the load.
                await asyncio.sleep(0.02)
            if longest_pause:
                await asyncio.sleep(random.uniform(0, longest_pause))
        client.close()

    async def all_seen(self, names, limit):
        """Waits until every backend has answered since, or for as long as this many seconds."""
        start, end = len(self.done), time.monotonic() + limit
        while time.monotonic() < end:
            await asyncio.sleep(0.1)
            if names <= {each.backend for each in self.done[start:] if each.how == "ok"}:
                return True
        return False

    async def end(self):
        self.going = False
        await self.finish()

    async def finish(self):
        await asyncio.gather(*self.tasks)


class Open:
    """
    An open loop: requests come at a fixed rate, whatever becomes of those before.

    There are only so many clients. Requests that find none, or that come late because this process does, stay unsent:
    catching up would be a load that nobody asked for.
    """

    MOST = 2_500

    def __init__(self, port):
        self.port, self.idle, self.done, self.unsent = port, [], [], 0

    async def run(self, rate, seconds):
        """Sends for so long, waits for what is under way, and returns when the last one was sent."""
        began, due, running = time.monotonic(), 0, set()
        while (now := time.monotonic() - began) < seconds:
            new = int(now * rate) - due
            sent = min(new, self.MOST - len(running), int(rate / 10))
            for _ in range(sent):
                task = asyncio.ensure_future(self.one())
                running.add(task)
                task.add_done_callback(running.discard)
            due, self.unsent = due + new, self.unsent + new - sent
            await asyncio.sleep(0.005)
        ended = time.monotonic()
        while running:
            await asyncio.wait(running)
        return ended

    async def one(self):
        client = self.idle.pop() if self.idle else Client(self.port)
        self.done.append(await client.send("GET"))
        self.idle.append(client)

    def close(self):
        for client in self.idle:
            client.close()
