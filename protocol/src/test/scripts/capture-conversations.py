#!/usr/bin/env python3
"""Record what a real PostgreSQL server answers, for the golden tests of framing and the reply queue.

usage: capture-conversations.py HOST PORT [USER [DATABASE]] >> ../resources/io/trunkline/protocol/conversations.tsv

The server must admit the user by trust. One line a conversation: server version, name, and its steps; a step is
REQUESTS>TAGS>HEX: the tags that were sent, those that came back, and the bytes that came back. Sending all of a step
and then reading until the server rests is what separates the steps.
"""
import select
import socket
import struct
import sys


def message(tag, body=b""):
    return tag.encode() + struct.pack("!i", len(body) + 4) + body


def text(*strings):
    return b"".join(s.encode() + b"\0" for s in strings)


def query(sql):
    return message("Q", text(sql))


def parse(sql, name=""):
    return message("P", text(name, sql) + b"\0\0")


def bind(portal="", name=""):
    return message("B", text(portal, name) + b"\0" * 6)


def describe(kind, name=""):
    return message("D", kind.encode() + text(name))


def close(kind, name=""):
    return message("C", kind.encode() + text(name))


def execute(portal="", rows=0):
    return message("E", text(portal) + struct.pack("!i", rows))


SYNC, FLUSH, COPY_DONE = message("S"), message("H"), message("c")
# random(): no argument formats, no arguments, result as text
FUNCTION_CALL = message("F", struct.pack("!ihhh", 1598, 0, 0, 0))

CONVERSATIONS = [
    ("select", [query("SELECT 1 AS a, NULL AS b, 'x' AS c")]),
    ("empty query", [query("")]),
    ("several statements", [query("SELECT 1; SELECT 2 WHERE false; SET TimeZone TO 'CET'")]),
    ("error", [query("SELECT nonsense")]),
    ("error in the middle", [query("SELECT generate_series(1, 3); SELECT 1/0; SELECT 3")]),
    ("error after rows", [query("SELECT 1/(3-g) FROM generate_series(1, 5) g")]),
    ("notice", [query("DO 'BEGIN RAISE NOTICE ''hello''; END'")]),
    ("notification", [query("LISTEN x"), query("NOTIFY x, 'payload'")]),
    ("transaction", [query("BEGIN"), query("SELECT nonsense"), query("SELECT 1"), query("ROLLBACK")]),
    ("pipelined queries", [query("SELECT 1") + query("SELECT nonsense") + query("SELECT 2")]),
    ("function call", [FUNCTION_CALL]),
    ("extended", [parse("SELECT 1 AS a") + bind() + describe("P") + execute() + SYNC]),
    ("extended without rows", [parse("SET TimeZone TO 'UTC'") + bind() + describe("P") + execute() + SYNC]),
    ("describe a statement", [parse("SELECT $1::int", "s") + describe("S", "s") + close("S", "s") + SYNC]),
    ("extended empty query", [parse("") + bind() + describe("P") + execute() + SYNC]),
    ("suspended portal", [parse("SELECT generate_series(1, 3)") + bind("p") + execute("p", 2) + execute("p", 2)
                          + close("P", "p") + SYNC]),
    ("flush", [parse("SELECT 1") + FLUSH, bind() + execute() + FLUSH, SYNC]),
    ("extended error", [parse("SELECT nonsense") + bind() + describe("P") + execute() + SYNC]),
    ("errors in a pipeline", [parse("SELECT 1") + bind() + execute() + SYNC + parse("SELECT nonsense") + bind()
                              + execute() + SYNC + parse("SELECT 2") + bind() + execute() + SYNC]),
    ("skipped query", [parse("SELECT nonsense") + query("SELECT 1") + SYNC]),
    ("error awaiting its sync", [parse("SELECT nonsense") + FLUSH, bind() + execute(), SYNC]),
    ("error at the sync", [query("CREATE TEMP TABLE d (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)"),
                           parse("INSERT INTO d VALUES (1), (1)") + bind() + execute() + SYNC]),
    ("copy out", [query("COPY (SELECT generate_series(1, 3)) TO STDOUT")]),
    ("copy out extended", [parse("COPY (SELECT 1) TO STDOUT") + bind() + describe("P") + execute() + SYNC]),
    ("copy in", [query("CREATE TEMP TABLE t (a int)"), query("COPY t FROM STDIN"),
                 message("d", b"1\n2\n") + COPY_DONE]),
    ("copy in that fails", [query("CREATE TEMP TABLE t (a int)"), query("COPY t FROM STDIN"),
                            message("d", b"x\n") + COPY_DONE]),
    ("copy in that is given up", [query("CREATE TEMP TABLE t (a int)"), query("COPY t FROM STDIN"),
                                  message("f", text("enough"))]),
    ("copy in extended, sync ahead", [query("CREATE TEMP TABLE t (a int)"),
                                      parse("COPY t FROM STDIN") + bind() + execute() + SYNC,
                                      message("d", b"1\n") + COPY_DONE + SYNC]),
    ("copy in extended that fails", [query("CREATE TEMP TABLE t (a int)"),
                                     parse("COPY t FROM STDIN") + bind() + execute() + FLUSH,
                                     message("d", b"x\n") + COPY_DONE + SYNC]),
    ("copy in simple, sync ahead", [query("CREATE TEMP TABLE t (a int)"), query("COPY t FROM STDIN") + SYNC,
                                    message("d", b"1\n") + COPY_DONE]),
]


class Connection:
    def __init__(self, host, port, user, database, minor):
        self.socket = socket.create_connection((host, port))
        body = struct.pack("!hh", 3, minor) + text("user", user, "database", database) + b"\0"
        self.socket.sendall(struct.pack("!i", len(body) + 4) + body)
        self.greeting = self.read()

    def read(self):
        """What comes until nothing has come for a while."""
        data = b""
        while select.select([self.socket], [], [], 0.3)[0]:
            more = self.socket.recv(65536)
            if not more:
                break
            data += more
        return data

    def step(self, requests):
        self.socket.sendall(requests)
        return self.read()


def tags(data):
    found, at = "", 0
    while at < len(data):
        found += chr(data[at])
        at += 1 + struct.unpack_from("!i", data, at + 1)[0]
    return found


def parameter(greeting, name):
    at = greeting.index(text(name)) + len(name) + 1
    return greeting[at:greeting.index(b"\0", at)].decode()


def main():
    if not 3 <= len(sys.argv) <= 5:
        sys.exit(__doc__)
    host, port = sys.argv[1], int(sys.argv[2])
    user = sys.argv[3] if len(sys.argv) > 3 else "postgres"
    database = sys.argv[4] if len(sys.argv) > 4 else "postgres"

    def write(version, name, steps):
        shown = " ".join(f"{tags(sent)}>{tags(got)}>{got.hex()}" for sent, got in steps)
        print(f"{version}\t{name}\t{shown}")

    for minor in (0, 2, 9):
        greeting = Connection(host, port, user, database, minor).greeting
        write(parameter(greeting, "server_version").split(" ")[0], f"start with 3.{minor}", [(b"", greeting)])
    for name, requests in CONVERSATIONS:
        connection = Connection(host, port, user, database, 0)
        steps = [(request, connection.step(request)) for request in requests]
        write(parameter(connection.greeting, "server_version").split(" ")[0], name, steps)


if __name__ == "__main__":
    main()
