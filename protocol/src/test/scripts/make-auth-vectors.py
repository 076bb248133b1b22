#!/usr/bin/python3
"""Records PostgreSQL's authentication exchanges, as golden vectors for the tests of io.trunkline.protocol.auth.

Usage: make-auth-vectors.py BINDIR RESOURCES
       BINDIR     where initdb, postgres and psql are, e.g. /usr/lib/postgresql/15/bin
       RESOURCES  protocol/src/test/resources/io/trunkline/protocol/auth

Starts a server of its own on a free port of 127.0.0.1 (as user postgres if run by root) and writes, tab-separated:
  exchanges.tsv  what libpq and the server said to each other: label, user, password (hex), stored form, result
                 (SQLSTATE, 00000 for AuthenticationOk), messages: B:/F: (backend or frontend), body in hex
  errors.tsv     what the server says to wrong messages: stage (initial: whole body; first and final: SCRAM message
                 with {nonce} for the nonce due), message in hex, SQLSTATE, primary message
  verifiers.tsv  passwords (hex) and the verifiers that the server made of them
"""

import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading

PASSWORDS = {
    "ascii": b"pencil",
    "latin": "passwörd".encode(),
    "long": b"x" * 300,
}
SASLPREP = [
    b"tab\tand\x01control",
    "non\u00a0breaking".encode(),
    "soft\u00adhyphen".encode(),
    "\u00ad\u200b\u200c".encode(),
    "\u00ad\u2060".encode(),
    "\u2168 \ufb01 \u00aa".encode(),
    "e\u0301 \u1e9b\u0323".encode(),
    "\u212b\u2126".encode(),
    "zero\u200bwidth\u200djoiner".encode(),
    "bell\u0007\u00e9".encode(),
    "private\ue000".encode(),
    "unassigned\u0221".encode(),
    "emoji\U0001f600".encode(),
    "new ligature \U0001f100 \u00e9".encode(),
    "\u0627\u0628\u062c".encode(),
    "\u0627\u0628a".encode(),
    "\u06271".encode(),
    "1\u0627".encode(),
    "\u0627 1 \u0628".encode(),
    "\ufdfa\u0627".encode(),
    "\u2f868\U0002f868".encode(),
    "\u1100\u1161\u11a8".encode(),
    "\u0344\u0340".encode(),
    b"latin1 \xe9\xe8",
    b"overlong \xc0\xaf",
    b"surrogate \xed\xa0\x80",
    b"beyond \xf4\x90\x80\x80",
    b"cut \xe2\x82",
]
ZERO_PROOF = b"A" * 43 + b"="
FIRST_ERRORS = [
    b"",
    b"x,,n=,r=abc",
    b"n",
    b"nx",
    b"n,x",
    b"n,a=me,n=,r=abc",
    b"n,,m=ext,n=,r=abc",
    b"n,,r=abc",
    b"n,,n=",
    b"n,,n=,r",
    b"n,,n=,r=a b",
    b"n,,n=,r=a\xc3\xa9",
    b"n,,n=,r=abc,1=x",
    b"n,,n=,r=abc,x",
    b"n,,n=,r=a\0bc",
    b"p=tls-server-end-point,,n=,r=abc",
    b"p=tls-unique,,n=,r=abc",
]
FINAL_ERRORS = [
    b"",
    b"c=biws,r={nonce},p=" + ZERO_PROOF,
    b"c=biws,r={nonce},x=ext,p=" + ZERO_PROOF,
    b"c=eSws,r={nonce},p=" + ZERO_PROOF,
    b"c=,r={nonce},p=" + ZERO_PROOF,
    b"r={nonce},p=" + ZERO_PROOF,
    b"c=biws,p=" + ZERO_PROOF,
    b"c=biws,r={nonce}x,p=" + ZERO_PROOF,
    b"c=biws,r=abc,p=" + ZERO_PROOF,
    b"c=biws,r={nonce}",
    b"c=biws,r={nonce},",
    b"c=biws,r={nonce},p=AAAA",
    b"c=biws,r={nonce},p=!" + ZERO_PROOF[1:],
    b"c=biws,r={nonce},p=" + ZERO_PROOF + b",x=y",
    b"c=biws,r={nonce},p=" + ZERO_PROOF + b"\0",
    b"c=biws,r={nonce},p=" + b"A" * 1000,
]
NAME = b"SCRAM-SHA-256\0"
INITIAL_ERRORS = [
    b"",
    b"SCRAM-SHA-256",
    b"SCRAM-SHA-1\0" + struct.pack("!i", -1),
    b"SCRAM-SHA-256-PLUS\0" + struct.pack("!i", -1),
    NAME,
    NAME + b"\0\0",
    NAME + struct.pack("!i", 5) + b"abc",
    NAME + struct.pack("!i", -2),
    NAME + struct.pack("!i", 3) + b"n,,n=,r=abc",
    NAME + struct.pack("!i", 11) + b"n,,n=,r=a" + b"b" * 2000,
]


class Server:
    def __init__(self, bindir):
        self.bindir = pathlib.Path(bindir)
        self.dir = tempfile.mkdtemp(prefix="auth-vectors-")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.prefix = []
        if os.getuid() == 0:
            shutil.chown(self.dir, "postgres", "postgres")
            self.prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
        self.run("initdb", "-D", f"{self.dir}/data", "-U", "admin", "-A", "trust", "--no-sync", "-E", "SQL_ASCII")
        hba = (
            "local all admin trust\n"
            "host all md5user 127.0.0.1/32 md5\n"
            "host all clear 127.0.0.1/32 password\n"
            "host all all 127.0.0.1/32 scram-sha-256\n"
        )
        subprocess.run([*self.prefix, "tee", f"{self.dir}/data/pg_hba.conf"], input=hba, text=True, check=True,
                       stdout=subprocess.DEVNULL)
        options = f"-p {self.port} -k {self.dir} -h 127.0.0.1 -F"
        self.run("pg_ctl", "-D", f"{self.dir}/data", "-w", "-l", f"{self.dir}/log", "-o", options, "start")

    def run(self, program, *args):
        subprocess.run([*self.prefix, str(self.bindir / program), *args], check=True, cwd=self.dir,
                       stdout=subprocess.DEVNULL)

    def sql(self, text):
        done = subprocess.run(
            [*self.prefix, str(self.bindir / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", self.dir, "-p",
             str(self.port), "-U", "admin", "-d", "postgres"],
            input=text, capture_output=True, check=True, cwd=self.dir)
        return done.stdout.decode().strip()

    def stored(self, role):
        return self.sql(f"select rolpassword from pg_authid where rolname = '{role}'".encode())

    def stop(self):
        self.run("pg_ctl", "-D", f"{self.dir}/data", "-m", "immediate", "stop")
        shutil.rmtree(self.dir)


def quoted(password):
    escaped = "".join(f"\\x{b:02x}" for b in password)
    return f"E'{escaped}'".encode()


def read_exactly(sock, n):
    data = b""
    while len(data) < n:
        chunk = sock.recv(n - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return data


def read_message(sock):
    head = read_exactly(sock, 5)
    return head[:1], read_exactly(sock, struct.unpack("!i", head[1:])[0] - 4)


def error_fields(body):
    return {f[:1]: f[1:].decode() for f in body.split(b"\0") if f}


def record(server, label, user, password):
    """Lets psql log in through a relay that keeps the messages of the exchange."""
    messages, result = [], []
    listener = socket.create_server(("127.0.0.1", 0))

    def relay():
        client, _ = listener.accept()
        backend = socket.create_connection(("127.0.0.1", server.port))
        length = read_exactly(client, 4)
        backend.sendall(length + read_exactly(client, struct.unpack("!i", length)[0] - 4))
        while True:
            tag, body = read_message(backend)
            client.sendall(tag + struct.pack("!i", len(body) + 4) + body)
            if tag == b"E":
                result.append(error_fields(body)[b"C"])
                break
            messages.append(f"B:{body.hex()}")
            code = struct.unpack("!i", body[:4])[0]
            if code == 0:
                result.append("00000")
                break
            if code != 12:
                tag, body = read_message(client)
                messages.append(f"F:{body.hex()}")
                backend.sendall(tag + struct.pack("!i", len(body) + 4) + body)
        client.close()
        backend.close()

    thread = threading.Thread(target=relay)
    thread.start()
    target = f"host=127.0.0.1 port={listener.getsockname()[1]} user={user} dbname=postgres sslmode=disable gssencmode=disable"
    environment = {os.fsencode(k): os.fsencode(v) for k, v in os.environ.items()}
    subprocess.run([str(server.bindir / "psql"), "-X", target, "-c", ""],
                   env={**environment, b"PGPASSWORD": password, b"PGCLIENTENCODING": b"SQL_ASCII"}, capture_output=True)
    thread.join(10)
    listener.close()
    return label, user, password.hex(), server.stored(user) or "-", result[0], " ".join(messages)


def refused(server, stage, message):
    """What the server answers to a wrong message."""
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        startup = struct.pack("!i", 196608) + b"user\0ascii\0database\0postgres\0\0"
        sock.sendall(struct.pack("!i", len(startup) + 4) + startup)
        read_message(sock)

        def send(body):
            sock.sendall(b"p" + struct.pack("!i", len(body) + 4) + body)

        def initial(data):
            send(NAME + struct.pack("!i", len(data)) + data)

        if stage == "initial":
            send(message)
        elif stage == "first":
            initial(message)
        else:
            initial(b"n,,n=,r=client")
            _, body = read_message(sock)
            nonce = body[4:].split(b",")[0][2:]
            send(message.replace(b"{nonce}", nonce))
        tag, body = read_message(sock)
        if tag != b"E":
            raise SystemExit(f"not refused: {stage} {message!r}")
        fields = error_fields(body)
        return stage, message.hex() or "-", fields[b"C"], fields[b"M"]


def write(directory, name, rows):
    with open(directory / name, "w", encoding="utf-8") as out:
        for row in rows:
            out.write("\t".join(row) + "\n")


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    directory = pathlib.Path(sys.argv[2])
    server = Server(sys.argv[1])
    try:
        for role, password in {**PASSWORDS, "clear": b"pencil"}.items():
            server.sql(b"create role %s login password %s" % (role.encode(), quoted(password)))
        server.sql(b"set password_encryption = 'md5'; create role md5user login password 'pencil'")
        exchanges = [record(server, f"scram-{role}", role, password) for role, password in PASSWORDS.items()]
        exchanges += [
            record(server, "scram-wrong-password", "ascii", b"pen"),
            record(server, "scram-unknown-user", "nobody", b"pencil"),
            record(server, "md5", "md5user", b"pencil"),
            record(server, "md5-wrong-password", "md5user", b"pen"),
            record(server, "cleartext", "clear", b"pencil"),
        ]
        write(directory, "exchanges.tsv", exchanges)
        write(directory, "errors.tsv", [
            refused(server, stage, message)
            for stage, messages in (("initial", INITIAL_ERRORS), ("first", FIRST_ERRORS), ("final", FINAL_ERRORS))
            for message in messages
        ])
        verifiers = []
        for password in SASLPREP:
            server.sql(b"create role probe password %s" % quoted(password))
            verifiers.append((password.hex(), server.stored("probe")))
            server.sql(b"drop role probe")
        write(directory, "verifiers.tsv", verifiers)
    finally:
        server.stop()


main()
