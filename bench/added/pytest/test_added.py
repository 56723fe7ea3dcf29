import json
import os
import time

import psycopg
import pytest

starts = []


@pytest.fixture(scope="module")
def app():
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        yield connection
    with open(os.environ["ADDED_TIMES"], "w") as file:
        json.dump(starts, file)


@pytest.mark.parametrize("number", range(int(os.environ["ADDED_TESTS"])))
def test_added(app, number):
    starts.append(time.perf_counter() * 1000)
    app.execute("INSERT INTO customers (email, name) VALUES (%s, %s)", (f"n{number}@shop.test", "n"))
    assert app.execute("UPDATE products SET stock = stock - 1 WHERE id = 1").rowcount == 1
