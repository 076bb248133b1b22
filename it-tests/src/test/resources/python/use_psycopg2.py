"""Uses Trunkline with psycopg2. Environment: PROXY_PORT, READ_PORT, WRITE_PORT."""

import faulthandler
import io
import os
import select
import time

import psycopg2
import psycopg2.errors
import psycopg2.extras

DSN = f"host=127.0.0.1 port={os.environ['PROXY_PORT']} user=app dbname=app"
faulthandler.dump_traceback_later(60, exit=True)
READ_PORT = int(os.environ["READ_PORT"])
WRITE_PORT = int(os.environ["WRITE_PORT"])


def one(cursor, sql, *args):
    cursor.execute(sql, args or None)
    return cursor.fetchone()[0]


conn = psycopg2.connect(DSN, target_session_attrs="read-write")
conn.autocommit = True
cur = conn.cursor()
assert one(cur, "SELECT port FROM here") == READ_PORT
assert one(cur, "SELECT port, nextval('counter') FROM here") == WRITE_PORT
assert one(cur, "SELECT %s || %s", "gr", "üße") == "grüße"

# transactions, errors, savepoints
conn.autocommit = False
cur.execute("CREATE TABLE psycopg2_rows (id int, word text)")
psycopg2.extras.execute_values(cur, "INSERT INTO psycopg2_rows VALUES %s", [(i, f"w{i}") for i in range(1000)])
cur.execute("SAVEPOINT s")
try:
    cur.execute("SELECT 1/0")
    raise AssertionError("no error")
except psycopg2.errors.DivisionByZero as error:
    assert error.pgcode == "22012"
cur.execute("ROLLBACK TO s")
assert one(cur, "SELECT count(*) FROM psycopg2_rows") == 1000

# server-side cursor and COPY
with conn.cursor("named") as named:
    named.itersize = 100
    named.execute("SELECT id FROM psycopg2_rows ORDER BY id")
    assert [row[0] for row in named] == list(range(1000))
cur.copy_expert("COPY psycopg2_rows FROM STDIN", io.StringIO("".join(f"{i}\tcopied\n" for i in range(1000, 5000))))
out = io.StringIO()
cur.copy_expert("COPY (SELECT id FROM psycopg2_rows ORDER BY id) TO STDOUT", out)
assert out.getvalue() == "".join(f"{i}\n" for i in range(5000))
conn.rollback()

# notifications
conn.autocommit = True
cur.execute("LISTEN psycopg2_channel")
other = psycopg2.connect(DSN)
other.autocommit = True
other.cursor().execute("NOTIFY psycopg2_channel, 'hello'")
other.close()
assert select.select([conn], [], [], 10)[0]
conn.poll()
assert [note.payload for note in conn.notifies] == ["hello"]
cur.execute("UNLISTEN *")

# two-phase names, read-only sessions
conn.autocommit = False
conn.set_session(readonly=True)
# after the statements above, what is behind the view has to be looked up again
deadline = time.monotonic() + 10
while one(cur, "SELECT port FROM here") != READ_PORT:
    conn.rollback()
    assert time.monotonic() < deadline
conn.rollback()
conn.close()
print("passed")
