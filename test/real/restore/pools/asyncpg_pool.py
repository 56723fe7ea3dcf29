"""An app with the default pool of asyncpg, which is told what to do line by line: a statement to execute, or nothing = what it always does."""

import asyncio
import sys

import asyncpg

FIND = "SELECT id, note FROM orders WHERE status = $1 AND id > $2"
ADD = "INSERT INTO items (order_id, qty) VALUES ($1, $2) RETURNING id"
COUNT = "SELECT (SELECT count(*) FROM orders) + (SELECT max(id) FROM items) + (SELECT count(*) FROM big)"


async def work(pool):
    async with pool.acquire() as connection:
        for qty in range(7):
            await connection.fetch(FIND, "paid", 0)
            await connection.fetchval(ADD, 1, qty)


async def main():
    async with asyncpg.create_pool(sys.argv[1]) as pool:
        while line := await asyncio.to_thread(sys.stdin.readline):
            try:
                if line.strip():
                    await pool.execute(line)
                    print("done", flush=True)
                else:
                    await asyncio.gather(work(pool), work(pool), work(pool))
                    print("done", await pool.fetchval(COUNT), flush=True)
            except Exception as error:
                print("failed", type(error).__name__, str(error).splitlines()[0], flush=True)


asyncio.run(main())
