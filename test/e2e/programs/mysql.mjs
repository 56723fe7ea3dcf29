// Runs statements on the MariaDB of DATABASE_URL, one connection for all of them, and prints each answer as a line of JSON.
import mysql from 'mysql2/promise';

const client = await mysql.createConnection({ uri: process.env.DATABASE_URL, connectTimeout: 5_000 });
try {
  for (const statement of process.argv.slice(2)) {
    const [rows] = await client.query(statement);
    console.log(JSON.stringify(Array.isArray(rows) ? rows : rows.affectedRows));
  }
} finally {
  await client.end();
}
