// Uses Trunkline with node-postgres. Environment: PROXY_PORT, READ_PORT, WRITE_PORT.
const assert = require('assert');
const { Client, Pool } = require('pg');

const where = { host: '127.0.0.1', port: Number(process.env.PROXY_PORT), user: 'app', database: 'app' };

async function main() {
  const client = new Client(where);
  await client.connect();
  for (let i = 0; i < 10; i++) {
    const read = await client.query({ name: 'read', text: 'SELECT port, $1::int AS n FROM here', values: [i] });
    assert.strictEqual(read.rows[0].port, Number(process.env.READ_PORT));
    assert.strictEqual(read.rows[0].n, i);
    const write = await client.query("SELECT port, nextval('counter') FROM here");
    assert.strictEqual(write.rows[0].port, Number(process.env.WRITE_PORT));
  }
  await client.query('BEGIN');
  await assert.rejects(client.query('SELECT 1/0'), /division by zero/);
  await client.query('ROLLBACK');
  await client.end();

  const pool = new Pool({ ...where, max: 8 });
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) => pool.query('SELECT $1::int AS n', [i]).then((r) => r.rows[0].n)));
  assert.deepStrictEqual(answers, Array.from({ length: 100 }, (_, i) => i));
  await pool.end();
}

main().then(() => console.log('passed'), (error) => { console.error(error); process.exit(1); });
