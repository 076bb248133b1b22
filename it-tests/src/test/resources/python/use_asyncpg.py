"""Uses Trunkline with asyncpg. Environment: PROXY_PORT, READ_PORT, WRITE_PORT."""

import asyncio
import faulthandler
import io
import os

import asyncpg

faulthandler.dump_traceback_later(60, exit=True)
READ_PORT = int(os.environ["READ_PORT"])
WRITE_PORT = int(os.environ["WRITE_PORT"])
WHERE = dict(host="127.0.0.1", port=int(os.environ["PROXY_PORT"]), user="app", database="app", ssl=False)


async def balanced(conn):
    """Waits until what is behind the view is known again, after statements that may have changed it."""
    for _ in range(1000):
        if await conn.fetchval("SELECT port FROM here") == READ_PORT:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("reads stay on the primary")


async def main():
    conn = await asyncpg.connect(**WHERE)
    for i in range(10):
        assert await conn.fetchval("SELECT $1::int + port FROM here", i) == i + READ_PORT
        assert await conn.fetchval("SELECT port, nextval('counter'), $1::int FROM here", i) == WRITE_PORT

    # types that it looks up in the catalogs
    assert await conn.fetchval("SELECT $1::jsonb", '{"a": 1}') == '{"a": 1}'
    await conn.execute("CREATE TYPE asyncpg_mood AS ENUM ('sad', 'happy')")
    assert await conn.fetchval("SELECT 'happy'::asyncpg_mood, nextval('counter')") == "happy"
    await conn.execute("DROP TYPE asyncpg_mood")

    # transactions, cursors, prepared statements
    async with conn.transaction():
        await conn.execute("CREATE TABLE asyncpg_rows (id int, word text)")
        await conn.executemany("INSERT INTO asyncpg_rows VALUES ($1, $2)", [(i, f"w{i}") for i in range(1000)])
        seen = [row["id"] async for row in conn.cursor("SELECT id FROM asyncpg_rows ORDER BY id", prefetch=50)]
        assert seen == list(range(1000))
    prepared = await conn.prepare("SELECT word, nextval('counter') FROM asyncpg_rows WHERE id = $1")
    assert await prepared.fetchval(7) == "w7"
    try:
        async with conn.transaction():
            await conn.execute("INSERT INTO asyncpg_rows VALUES (5000, 'gone')")
            await conn.fetchval("SELECT 1 / $1::int", 0)
        raise AssertionError("no error")
    except asyncpg.DivisionByZeroError:
        pass
    assert await conn.fetchval("SELECT count(*), nextval('counter') FROM asyncpg_rows") == 1000

    # its cache of statements: a read goes to the standby until its transaction has written
    read, write = "SELECT $1::int + port FROM here", "SELECT port, nextval('counter'), $1::int FROM here"
    for _ in range(3):
        await balanced(conn)
        async with conn.transaction():
            assert await conn.fetchval(read, 1) == 1 + READ_PORT
            assert await conn.fetchval(write, 2) == WRITE_PORT
            assert await conn.fetchval(read, 3) == 3 + WRITE_PORT
            try:
                async with conn.transaction():
                    await conn.fetchval("SELECT port / $1::int FROM here", 0)
                raise AssertionError("no error")
            except asyncpg.DivisionByZeroError:
                pass
            assert await conn.fetchval(read, 4) == 4 + WRITE_PORT
        assert await conn.fetchval(read, 5) == 5 + READ_PORT
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        assert await conn.fetchval(read, 6) == 6 + READ_PORT
    # a statement whose result has changed its form is prepared anew
    assert len(await conn.fetchrow("SELECT * FROM asyncpg_rows WHERE id = $1", 7)) == 2
    await conn.execute("ALTER TABLE asyncpg_rows ADD COLUMN more int")
    assert len(await conn.fetchrow("SELECT *, nextval('counter') FROM asyncpg_rows WHERE id = $1", 7)) == 4
    await conn.execute("ALTER TABLE asyncpg_rows DROP COLUMN more")

    # a cursor that is read on the standby while its transaction writes on the primary
    await balanced(conn)
    async with conn.transaction():
        cursor = await conn.cursor("SELECT x, port FROM here, generate_series(1, 100) x")
        assert [tuple(row) for row in await cursor.fetch(3)] == [(x, READ_PORT) for x in (1, 2, 3)]
        await conn.execute("UPDATE asyncpg_rows SET word = 'changed' WHERE id = 1")
        assert tuple(await cursor.fetchrow()) == (4, READ_PORT)
        assert await conn.fetchval(write, 1) == WRITE_PORT
        assert await cursor.forward(10) == 10
        assert [row["x"] for row in await cursor.fetch(2)] == [15, 16]
        async for row in conn.cursor("SELECT word, port FROM asyncpg_rows, here WHERE id = 1"):
            assert tuple(row) == ("changed", WRITE_PORT)
        assert len(await cursor.fetch(1000)) == 84

    # COPY; what it asks about the table before may be asked of the standby, which has to know it by then
    for _ in range(1000):
        try:
            await conn.execute("SELECT 1 FROM asyncpg_rows LIMIT 1")
            break
        except asyncpg.UndefinedTableError:
            await asyncio.sleep(0.01)
    out = io.BytesIO()
    async with conn.transaction():  # what it reads has to see what it has written
        await conn.copy_records_to_table("asyncpg_rows", records=[(i, "copied") for i in range(1000, 3000)])
        await conn.copy_from_query("SELECT id FROM asyncpg_rows ORDER BY id", output=out)
    assert out.getvalue() == b"".join(b"%d\n" % i for i in range(3000))

    # notifications, cancel by timeout
    got = asyncio.get_running_loop().create_future()
    await conn.add_listener("asyncpg_channel", lambda *args: got.set_result(args[3]))
    await conn.execute("NOTIFY asyncpg_channel, 'hello'")
    assert await asyncio.wait_for(got, 10) == "hello"
    try:
        await conn.fetch("SELECT pg_sleep(30)", timeout=0.3)
        raise AssertionError("no timeout")
    except asyncio.TimeoutError:
        pass
    assert await conn.fetchval("SELECT 1") == 1
    await conn.execute("DROP TABLE asyncpg_rows")
    await conn.close()

    # its own pool, with its reset query
    async with asyncpg.create_pool(**WHERE, min_size=2, max_size=8) as pool:
        async def work(i):
            async with pool.acquire() as one:
                await one.execute(f"SET application_name = 'worker {i}'")
                return await one.fetchval("SELECT $1::int", i)

        assert await asyncio.gather(*(work(i) for i in range(100))) == list(range(100))


asyncio.run(main())
print("passed")
