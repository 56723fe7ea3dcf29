// Runs each argument as SQL on DATABASE_URL and prints its rows as a line of JSON.
import pg from 'pg';

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
for (const text of process.argv.slice(2)) console.log(JSON.stringify((await client.query(text)).rows));
await client.end();
