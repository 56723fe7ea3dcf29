"""An app with SQLAlchemy's default pool on psycopg, which is told what to do line by line: a statement to execute, or nothing = what it always does."""

import sys

from sqlalchemy import create_engine, text

engine = create_engine(sys.argv[1].replace("postgresql://", "postgresql+psycopg://"), pool_pre_ping="careful" in sys.argv)
FIND = text("SELECT id, note FROM orders WHERE status = CAST(:status AS status) AND id > :id")
ADD = text("INSERT INTO items (order_id, qty) VALUES (:order_id, :qty) RETURNING id")
COUNT = text("SELECT (SELECT count(*) FROM orders) + (SELECT max(id) FROM items) + (SELECT count(*) FROM big)")


def work():
    held = [engine.connect() for _ in range(3)]
    for connection in held:
        for qty in range(7):  # psycopg prepares what it has executed five times
            connection.execute(FIND, {"status": "paid", "id": 0}).all()
            connection.execute(ADD, {"order_id": 1, "qty": qty}).all()
            connection.commit()
    for connection in held:
        connection.close()
    with engine.connect() as connection:
        return connection.execute(COUNT).scalar()


for line in sys.stdin:
    try:
        if line.strip():
            with engine.begin() as connection:
                connection.exec_driver_sql(line)
            print("done", flush=True)
        else:
            print("done", work(), flush=True)
    except Exception as error:
        print("failed", str(error).splitlines()[0], flush=True)
