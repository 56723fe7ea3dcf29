// An app with the default pool of node-pg, which is told what to do line by line: a statement to execute, or nothing = what it always does.
import readline from 'node:readline';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.argv[2] });
if (process.argv.includes('careful')) pool.on('error', () => {});

async function work() {
  const client = await pool.connect();
  try {
    const ids = [];
    for (let round = 0; round < 7; round++) {
      await client.query({
        name: 'find',
        text: 'SELECT id, note FROM orders WHERE status = $1 AND id > $2',
        values: ['paid', 0],
      });
      const inserted = await client.query({
        name: 'add',
        text: 'INSERT INTO items (order_id, qty) VALUES ($1, $2) RETURNING id',
        values: [1, round],
      });
      ids.push(inserted.rows[0].id);
    }
    return ids.length;
  } finally {
    client.release();
  }
}

for await (const statement of readline.createInterface({ input: process.stdin })) {
  try {
    if (statement) await pool.query(statement);
    else await Promise.all([work(), work(), work()]);
    const { rows } = statement
      ? { rows: [] }
      : await pool.query('SELECT (SELECT count(*) FROM orders) + (SELECT max(id) FROM items) + (SELECT count(*) FROM big) AS n');
    console.log(`done ${rows[0]?.n ?? ''}`.trim());
  } catch (error) {
    console.log(`failed ${error.message}`);
  }
}
await pool.end();
