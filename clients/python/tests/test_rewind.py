"""Real runs: `seatrial run --isolation rewind -- pytest` on PostgreSQL and Redis."""

import re

from real_run import BASELINE, STORE_FIXTURE


def test_each_test_finds_the_baseline_though_the_app_commits_over_many_connections(workspace):
    text = """
import pytest
@pytest.mark.parametrize("number", range(20))
def test_adds(store, number):
    assert store.names() == %r and store.added() == []
    store.add("%s-%%d" %% number, "again")
    assert store.run("SELECT max(id) FROM ship") == [(4,)]
    store.run("DELETE FROM ship WHERE name = 'Argo'")
    store.run("UPDATE ship SET name = 'Bounty' WHERE name = 'Beagle'")
    assert store.names() == ["Bounty", "%s-%%d" %% number, "again"] and len(store.added()) == 2
"""
    workspace.write(conftest=STORE_FIXTURE, test_a=text % (BASELINE, "a", "a"), test_b=text % (BASELINE, "b", "b"))
    output = workspace.pytest("-n", "4")
    assert "40 passed" in output and "seatrial: 40 resets, median" in output
    assert "leak" not in output and "fall-back" not in output


def test_without_a_reset_the_same_suite_fails(workspace):
    text = "def test_one(store):\n    assert store.added() == []\n    store.add('x')\ndef test_two(store):\n    assert store.added() == []\n"
    workspace.write(conftest=STORE_FIXTURE, test_a=text)
    assert "1 failed, 1 passed" in workspace.pytest(isolation="worker", code=1)
    assert "2 passed" in workspace.pytest()


def test_an_open_transaction_is_ended_and_named_with_its_test(workspace):
    text = """
import os, psycopg
kept = []
def test_leaks(store):
    connection = psycopg.connect(os.environ["DATABASE_URL"])
    connection.execute("INSERT INTO ship (name) VALUES ('Nautilus')")
    kept.append(connection)
def test_next(store): assert store.names() == ["Argo", "Beagle"]
"""
    workspace.write(conftest=STORE_FIXTURE, test_a=text)
    output = workspace.pytest()
    assert re.search("seatrial: leak: test_a.py::test_leaks left db: .*INSERT INTO ship", output), output


LATE = """
import pytest
from store import Store
def pytest_runtest_logfinish(nodeid): Store().add("late")
@pytest.fixture(scope="session")
def store(): return Store()
@pytest.fixture(scope="module")
def of_module(store): store.add("of the module")
"""


def test_what_comes_after_a_test_is_undone_before_the_next_one_and_its_fixtures(workspace):
    text = """
def test_one(store): assert store.names() == ["Argo", "Beagle"]
def test_two(store): assert store.names() == ["Argo", "Beagle"] and store.added() == []
def test_three(store, of_module): assert store.names() == ["Argo", "Beagle", "of the module"] and store.added() == ["of the module"]
def test_four(store, of_module): assert store.names() == ["Argo", "Beagle", "of the module"] and store.added() == ["of the module"]
"""
    workspace.write(conftest=LATE, test_a=text)
    output = workspace.pytest()
    assert "4 passed" in output
    assert "seatrial: leak: something before test_a.py::test_three wrote to db after its test had ended" in output, output
    assert "test_a.py > test_one left" not in output  # nothing lies between it and the next test: what came there went with it


def test_a_test_can_ask_what_it_changed_and_reset(workspace):
    text = """
def test_diff(store, seatrial):
    store.add("Calypso")
    ship, = seatrial.diff("db")
    assert (ship.table, ship.op, ship.before, ship.after) == ("ship", "insert", None, {"id": 3, "name": "Calypso"})
    assert {change.service for change in seatrial.diff()} == {"db", "cache"}
    seatrial.reset()
    assert store.names() == ["Argo", "Beagle"] and store.added() == [] and seatrial.diff() == []
    store.add("Dove")
    assert store.run("SELECT id FROM ship WHERE name = 'Dove'") == [(3,)]
    assert seatrial.url("db") == store.url
def test_next(store): assert store.names() == ["Argo", "Beagle"]
"""
    workspace.write(conftest=STORE_FIXTURE, test_a=text)
    assert "2 passed" in workspace.pytest()


def test_tests_that_overlap_are_not_reset_and_that_is_said_once(workspace):
    text = """
import json, os, urllib.request
def call(route, body):
    lease = os.environ["SEATRIAL_LEASE"].split("/")[1]
    headers = {"Authorization": "Bearer " + os.environ["SEATRIAL_CONTROL_TOKEN"], "Content-Type": "application/json"}
    url = os.environ["SEATRIAL_CONTROL_URL"] + "/v1/leases/" + lease + route
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), headers)) as answer: return json.load(answer)
def test_one(store):
    call("/tests", {"name": "in a thread", "between": "undo"})
    store.add("x")
def test_two(store): assert store.added() == ["x"]
"""
    workspace.write(conftest=STORE_FIXTURE, test_a=text)
    output = workspace.pytest()
    assert output.count("seatrial: nothing was reset between overlapping tests: in a thread still ran") == 1, output


def test_a_repeated_test_begins_with_the_baseline(workspace):
    text = "seen = []\ndef test_one(store):\n    assert store.added() == []\n    store.add('x')\n    seen.append(1)\n    assert len(seen) == 3\n"
    workspace.write(conftest=STORE_FIXTURE, test_a=text)
    output = workspace.pytest("--reruns", "2")
    assert "1 passed, 2 rerun" in output and "seatrial: 3 resets" in output, output
