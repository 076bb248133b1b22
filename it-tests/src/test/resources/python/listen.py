"""Listens through Trunkline with asyncpg and psycopg2, in transaction mode. Environment: PROXY_PORT, WRITE_PORT."""

import asyncio
import faulthandler
import os
import select

import asyncpg
import psycopg2
import psycopg2.extensions

faulthandler.dump_traceback_later(60, exit=True)
DIRECT = dict(host="127.0.0.1", port=int(os.environ["WRITE_PORT"]), user="app", database="app")
PROXY = dict(DIRECT, port=int(os.environ["PROXY_PORT"]))


async def with_asyncpg():
    listening = await asyncpg.connect(ssl=False, **PROXY)
    notifying = await asyncpg.connect(ssl=False, **DIRECT)
    heard = []
    done = asyncio.Event()

    def hear(_connection, _pid, channel, payload):
        heard.append((channel, payload))
        if payload == "last":
            done.set()

    await listening.add_listener("Python", hear)
    async with listening.transaction():
        await listening.execute("SELECT txid_current()")
        for i in range(10):
            await notifying.execute(f"NOTIFY \"Python\", '{i}'")
        assert await listening.fetchval("SELECT 1") == 1
        assert heard == []
    await listening.execute("NOTIFY \"Python\", 'last'")
    await asyncio.wait_for(done.wait(), 20)
    assert heard == [("Python", str(i)) for i in range(10)] + [("Python", "last")], heard
    await listening.remove_listener("Python", hear)
    await notifying.execute("NOTIFY \"Python\", 'nobody'")
    assert await listening.fetchval("SELECT 2") == 2
    await listening.close()
    await notifying.close()


def with_psycopg2():
    listening = psycopg2.connect(**dsn(PROXY))
    notifying = psycopg2.connect(**dsn(DIRECT))
    notifying.autocommit = True
    with listening.cursor() as cursor:
        cursor.execute("LISTEN kept")
        listening.commit()
        cursor.execute("LISTEN undone")
        listening.rollback()
    with notifying.cursor() as cursor:
        cursor.execute("NOTIFY undone; NOTIFY kept, 'h\u00e4llo'")
    while not listening.notifies:
        assert select.select([listening], [], [], 20)[0]
        listening.poll()
    assert [(one.channel, one.payload) for one in listening.notifies] == [("kept", "h\u00e4llo")]
    listening.close()
    notifying.close()


def dsn(where):
    return dict(host=where["host"], port=where["port"], user=where["user"], dbname=where["database"])


asyncio.run(with_asyncpg())
with_psycopg2()
print("passed")
