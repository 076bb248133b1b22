"""Uses Trunkline with psycopg 3. Environment: PROXY_PORT, READ_PORT, WRITE_PORT."""

import faulthandler
import os
import threading
import time

import psycopg
from psycopg import errors

DSN = f"host=127.0.0.1 port={os.environ['PROXY_PORT']} user=app dbname=app"
faulthandler.dump_traceback_later(60, exit=True)
READ_PORT = int(os.environ["READ_PORT"])
WRITE_PORT = int(os.environ["WRITE_PORT"])


def one(conn, sql, args=None, **options):
    return conn.execute(sql, args, **options).fetchone()[0]


conn = psycopg.connect(DSN, autocommit=True, target_session_attrs="primary")
assert one(conn, "SELECT port FROM here") == READ_PORT
assert one(conn, "SELECT port, nextval('counter') FROM here") == WRITE_PORT

# prepared statements, on both nodes
for i in range(20):
    assert one(conn, "SELECT %s::int + port FROM here", (i,), prepare=True) == i + READ_PORT
    assert one(conn, "SELECT port, nextval('counter'), %s::int FROM here", (i,), prepare=True) == WRITE_PORT
with conn.transaction():
    conn.execute("SELECT nextval('counter')")
    assert one(conn, "SELECT %s::int + port FROM here", (7,), prepare=True) == 7 + WRITE_PORT
conn.prepared_max = 2
for i in range(20):
    assert one(conn, f"SELECT {i} + %s::int", (i,), prepare=True) == 2 * i
conn.prepared_max = 100

# binary, server-side cursor
assert one(conn, "SELECT %b::bytea", (b"\x00\xff" * 1000,), binary=True) == b"\x00\xff" * 1000
with conn.transaction():
    with conn.cursor("named") as cur:
        cur.execute("SELECT x FROM generate_series(1, 500) x")
        assert sum(row[0] for row in cur) == 125250

# pipelines: reads and writes mixed, errors
if psycopg.Pipeline.is_supported():
    with conn.pipeline() as pipeline:
        cursors = []
        for i in range(200):
            cur = conn.cursor()
            cur.execute("SELECT %s::int, port FROM here" if i % 3 else "SELECT %s::int, port, nextval('counter') FROM here", (i,))
            cursors.append(cur)
            if i % 20 == 0:
                pipeline.sync()
    for i, cur in enumerate(cursors):
        row = cur.fetchone()
        assert row[0] == i, (i, row)
        assert i % 3 or row[1] == WRITE_PORT, (i, row)
    conn.execute("CREATE TABLE psycopg3_rows (id int PRIMARY KEY)")
    try:
        with conn.pipeline() as pipeline:
            conn.execute("INSERT INTO psycopg3_rows VALUES (1)")
            pipeline.sync()
            conn.execute("INSERT INTO psycopg3_rows VALUES (1)")
            conn.execute("INSERT INTO psycopg3_rows VALUES (2)")
            pipeline.sync()
        raise AssertionError("no error")
    except errors.UniqueViolation:
        pass
    assert one(conn, "SELECT count(*), nextval('counter') FROM psycopg3_rows") == 1
    with conn.cursor() as cur:
        cur.executemany("INSERT INTO psycopg3_rows VALUES (%s)", [(i,) for i in range(10, 1010)])
    assert one(conn, "SELECT count(*), nextval('counter') FROM psycopg3_rows") == 1001

    # COPY
    with conn.cursor() as cur:
        with cur.copy("COPY psycopg3_rows FROM STDIN") as copy:
            for i in range(2000, 7000):
                copy.write_row((i,))
        try:
            with cur.copy("COPY psycopg3_rows FROM STDIN") as copy:
                copy.write("broken\n")
            raise AssertionError("no error")
        except errors.InvalidTextRepresentation:
            pass
        with cur.copy("COPY (SELECT id FROM psycopg3_rows WHERE id >= 2000 ORDER BY id) TO STDOUT") as copy:
            assert [int(row[0]) for row in copy.rows()] == list(range(2000, 7000))
    conn.execute("DROP TABLE psycopg3_rows")

# cancel
def cancel_soon():
    time.sleep(0.3)
    conn.cancel()


thread = threading.Thread(target=cancel_soon)
thread.start()
try:
    conn.execute("SELECT pg_sleep(30)")
    raise AssertionError("not cancelled")
except errors.QueryCanceled:
    pass
thread.join()
assert one(conn, "SELECT 1") == 1

# notifications
got = []
conn.add_notify_handler(lambda note: got.append(note.payload))
conn.execute("LISTEN psycopg3_channel")
conn.execute("NOTIFY psycopg3_channel, 'hello'")
conn.execute("SELECT nextval('counter')")
assert got == ["hello"], got
conn.close()
print("passed")
