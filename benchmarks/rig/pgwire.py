"""A small PostgreSQL client for the rig: trust, simple queries, with or without TLS, nothing else."""
import socket
import struct


class PgError(Exception):
    pass


class Conn:
    def __init__(self, port, user="bench", db="bench", timeout=5.0, host="127.0.0.1", tls=None, source=None):
        """tls: the ssl.SSLContext to use; source: the address to connect from."""
        self.buf = b""
        self.s = socket.create_connection((host, port), timeout=timeout, source_address=(source, 0) if source else None)
        try:
            self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls:
                self.s.sendall(struct.pack("!ii", 8, 80877103))
                if self.s.recv(1) != b"S":
                    raise PgError("no TLS")
                self.s = tls.wrap_socket(self.s)
            body = struct.pack("!i", 196608) + f"user\0{user}\0database\0{db}\0\0".encode()
            self.s.sendall(struct.pack("!i", len(body) + 4) + body)
            self.rows()
        except BaseException:
            self.s.close()
            raise

    def _fill(self, n):
        while len(self.buf) < n:
            data = self.s.recv(65536)
            if not data:
                raise PgError("connection closed")
            self.buf += data

    def rows(self):
        """Reads up to ReadyForQuery; the rows as lists of strings. An ErrorResponse is raised."""
        rows, error = [], None
        while True:
            self._fill(5)
            tag, length = self.buf[:1], struct.unpack("!i", self.buf[1:5])[0]
            self._fill(1 + length)
            body, self.buf = self.buf[5:1 + length], self.buf[1 + length:]
            if tag == b"E":
                fields = {x[:1]: x[1:] for x in body.split(b"\0") if x}
                error = PgError(f"{fields.get(b'C', b'').decode()} {fields.get(b'M', b'').decode()}")
                if fields.get(b"S") in (b"FATAL", b"PANIC"):
                    raise error
            elif tag == b"R" and struct.unpack("!i", body[:4])[0] != 0:
                raise PgError("the server asks for a password")
            elif tag == b"D":
                row, at = [], 2
                for _ in range(struct.unpack("!h", body[:2])[0]):
                    n = struct.unpack("!i", body[at:at + 4])[0]
                    at += 4
                    row.append(None if n < 0 else body[at:at + n].decode())
                    at += max(n, 0)
                rows.append(row)
            elif tag == b"Z":
                if error:
                    raise error
                return rows

    def send(self, sql):
        text = sql.encode() + b"\0"
        self.s.sendall(b"Q" + struct.pack("!i", len(text) + 4) + text)

    def query(self, sql):
        self.send(sql)
        return self.rows()

    def close(self):
        try:
            self.s.sendall(b"X\0\0\0\4")
        except OSError:
            pass
        self.s.close()
