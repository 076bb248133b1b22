// Uses Trunkline with node-postgres. Environment: PROXY_PORT, READ_PORT, WRITE_PORT.
const assert = require('assert');
const { Client, Pool } = require('pg');
const Cursor = require('pg-cursor');

const where = { host: '127.0.0.1', port: Number(process.env.PROXY_PORT), user: 'app', database: 'app' };
const READ = Number(process.env.READ_PORT);
const WRITE = Number(process.env.WRITE_PORT);

setTimeout(() => { console.error('not through within 60 s'); process.exit(1); }, 60_000).unref();

async function withClient(use) {
  const client = new Client(where);
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

// what is behind the view has to be looked up again after some of the statements here
async function readsOnTheStandby(client) {
  const limit = Date.now() + 10_000;
  while ((await client.query('SELECT port FROM here')).rows[0].port !== READ) {
    assert(Date.now() < limit, 'reads stay on the primary');
  }
}

async function readsAndWrites(client) {
  for (let i = 0; i < 10; i++) {
    const simple = await client.query('SELECT port FROM here');
    assert.strictEqual(simple.rows[0].port, READ);
    const bound = await client.query('SELECT port, $1::text AS word FROM here', [`grüße ${i}`]);
    assert.deepStrictEqual(bound.rows[0], { port: READ, word: `grüße ${i}` });
    const write = await client.query("SELECT port, nextval('counter'), $1::int AS n FROM here", [i]);
    assert.strictEqual(write.rows[0].port, WRITE);
    assert.strictEqual(write.rows[0].n, i);
  }
}

async function namedStatements(client) {
  const read = (i) => client.query({ name: 'read', text: 'SELECT port, $1::int AS n FROM here', values: [i] });
  const write = (i) => client.query(
    { name: 'write', text: "SELECT port, nextval('counter'), $1::int AS n FROM here", values: [i] });
  for (let i = 0; i < 20; i++) {
    const [first, second] = [(await read(i)).rows[0], (await write(i)).rows[0]];
    assert.deepStrictEqual([first.port, first.n], [READ, i]);
    assert.deepStrictEqual([second.port, second.n], [WRITE, i]);
  }
  // in a transaction they read from the standby until it writes, and are balanced again after it
  for (const end of ['COMMIT', 'ROLLBACK']) {
    await client.query('BEGIN');
    assert.strictEqual((await read(1)).rows[0].port, READ);
    assert.strictEqual((await write(2)).rows[0].port, WRITE);
    assert.strictEqual((await read(3)).rows[0].port, WRITE);
    await client.query(end);
    assert.strictEqual((await read(4)).rows[0].port, READ);
  }
  await assert.rejects(client.query({ name: 'broken', text: 'SELECT no_such_column FROM here' }), { code: '42703' });
  assert.strictEqual((await read(5)).rows[0].n, 5);
}

async function transactions(client) {
  await client.query('CREATE TABLE pg_rows (id int PRIMARY KEY, word text)');
  await client.query('BEGIN');
  await client.query('INSERT INTO pg_rows SELECT x, $1 FROM generate_series(1, 500) x', ['w']);
  await client.query('SAVEPOINT s');
  await assert.rejects(client.query('INSERT INTO pg_rows VALUES ($1, $2)', [1, 'again']), { code: '23505' });
  await assert.rejects(client.query('SELECT 1'), { code: '25P02' });
  await client.query('ROLLBACK TO s');
  assert.strictEqual((await client.query('SELECT count(*)::int AS n FROM pg_rows')).rows[0].n, 500);
  await client.query('COMMIT');
  await client.query('BEGIN');
  await assert.rejects(client.query('SELECT 1 / $1::int FROM here', [0]), /division by zero/);
  await assert.rejects(client.query('SELECT 1'), { code: '25P02' });
  await client.query('ROLLBACK');
  const both = await client.query('SELECT 1 AS a; SELECT port FROM here');
  assert.deepStrictEqual(both.map((result) => result.rowCount), [1, 1]);
}

// without waiting for the answers: the driver keeps its own queue
async function manyAtOnce(client) {
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => i % 3 === 0
    ? client.query("SELECT $1::int AS n, port, nextval('counter') FROM here", [i])
    : client.query('SELECT $1::int AS n, port FROM here', [i])));
  answers.forEach((answer, i) => {
    assert.strictEqual(answer.rows[0].n, i);
    assert(i % 3 !== 0 || answer.rows[0].port === WRITE);
  });
}

async function cursors(client) {
  const all = async (cursor, size, between) => {
    const seen = [];
    for (let rows = await cursor.read(size); rows.length > 0; rows = await cursor.read(size)) {
      seen.push(...rows);
      if (between) await between();
    }
    await cursor.close();
    return seen;
  };
  // outside of a transaction, where nothing is between Bind and Sync but Flush and Execute
  const outside = await all(client.query(new Cursor('SELECT port, x FROM here, generate_series(1, 100) x')), 7);
  assert.deepStrictEqual(outside.map((row) => row.x), Array.from({ length: 100 }, (_, i) => i + 1));
  assert(outside.every((row) => row.port === READ));
  await client.query('BEGIN');
  await client.query("SELECT nextval('counter')");
  const inside = await all(client.query(new Cursor('SELECT port, id FROM here, pg_rows ORDER BY id')), 100);
  assert.strictEqual(inside.length, 500);
  assert(inside.every((row) => row.port === WRITE));
  await client.query('COMMIT');
  // given up half way
  const cursor = client.query(new Cursor('SELECT x FROM generate_series(1, 1000) x'));
  assert.strictEqual((await cursor.read(10)).length, 10);
  await cursor.close();
  const broken = client.query(new Cursor('SELECT 1 / (50 - x) FROM here, generate_series(1, 100) x'));
  await assert.rejects(broken.read(100), /division by zero/);
  await broken.close();
  await readsOnTheStandby(client);
}

async function notifications(listener, notifier) {
  const got = new Promise((resolve) => listener.on('notification', resolve));
  await listener.query('LISTEN pg_channel');
  await notifier.query("NOTIFY pg_channel, 'hello'");
  assert.strictEqual((await got).payload, 'hello');
  await listener.query('UNLISTEN *');
}

async function pool() {
  const clients = new Pool({ ...where, max: 8 });
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) =>
    clients.query({ name: 'n', text: 'SELECT $1::int AS n, port FROM here', values: [i] }).then((r) => r.rows[0])));
  assert.deepStrictEqual(answers, Array.from({ length: 200 }, (_, n) => ({ n, port: READ })));
  await Promise.all(Array.from({ length: 40 }, async (_, i) => {
    const client = await clients.connect();
    try {
      await client.query('BEGIN');
      await client.query('UPDATE pg_rows SET word = $2 WHERE id = $1', [i + 1, `from ${i}`]);
      const own = await client.query('SELECT word, port FROM pg_rows, here WHERE id = $1', [i + 1]);
      assert.deepStrictEqual(own.rows, [{ word: `from ${i}`, port: WRITE }]);
      await client.query(i % 2 === 0 ? 'COMMIT' : 'ROLLBACK');
    } finally {
      client.release();
    }
  }));
  const changed = await clients.query("SELECT count(*)::int AS n, min(nextval('counter')) FROM pg_rows WHERE word LIKE 'from %'");
  assert.strictEqual(changed.rows[0].n, 20);
  await clients.query('DROP TABLE pg_rows');
  await clients.end();
}

async function main() {
  await withClient(async (client) => {
    await readsAndWrites(client);
    await namedStatements(client);
    await transactions(client);
    await readsOnTheStandby(client);
    await manyAtOnce(client);
    await cursors(client);
    await withClient((other) => notifications(client, other));
  });
  await pool();
}

main().then(() => console.log('passed'), (error) => { console.error(error); process.exit(1); });
