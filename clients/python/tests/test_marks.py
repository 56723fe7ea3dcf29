"""Which tests the session is told of, and how each has ended."""

import pytest


def test_each_test_begins_and_ends_and_nothing_lies_between(trace):
    assert trace(test_a="def test_one(): pass\ndef test_two(): pass\n") == [
        "begin test_one keep",
        "end t1 passed",
        "begin test_two undo",
        "end t1 passed",
    ]


def test_under_isolation_worker_tests_are_told_and_scopes_are_not(trace):
    text = "import pytest\n@pytest.fixture(scope='module')\ndef wide(): yield\ndef test_one(wide): pass\n"
    assert trace(env={}, test_a=text) == ["begin test_one keep", "end t1 passed"]


OUTCOMES = """
import pytest, unittest

def test_fails(): assert 1 == 2
@pytest.mark.skip(reason="not today")
def test_skipped(): pass
def test_skips_itself(): pytest.skip("nor now")
@pytest.mark.xfail
def test_expected(): assert False
@pytest.mark.xfail(strict=True)
def test_unexpected(): pass
@pytest.fixture
def broken(): raise OSError("set-up")
def test_set_up(broken): pass
@pytest.fixture
def breaks_later():
    yield
    raise OSError("tear-down")
def test_tear_down(breaks_later): pass
@pytest.mark.parametrize("x", [1, 2])
def test_many(x): pass

class TestOld(unittest.TestCase):
    def test_method(self): pass
    @unittest.skip("old")
    def test_not(self): pass
"""


def test_every_outcome_is_told_once(trace):
    told = trace(code=1, test_a=OUTCOMES)
    assert [line.split()[1] for line in told[::2]] == [
        "test_fails",
        "test_skipped",
        "test_skips_itself",
        "test_expected",
        "test_unexpected",
        "test_set_up",
        "test_tear_down",
        "test_many[1]",
        "test_many[2]",
        "TestOld::test_method",
        "TestOld::test_not",
    ]
    outcomes = ["failed", "skipped", "skipped", "skipped", "failed", "failed", "failed", "passed", "passed", "passed", "skipped"]
    assert told[1::2] == ["end t1 " + outcome for outcome in outcomes]


def test_doctests_are_tests(trace):
    told = trace("--doctest-modules", doc='def double(x):\n    """\n    >>> double(2)\n    4\n    """\n    return 2 * x\n')
    assert told == ["begin doc.double keep", "end t1 passed"]


def test_subtests_are_part_of_their_test(trace):
    if int(pytest.__version__.split(".")[0]) < 9:
        pytest.skip("pytest has subtests since 9.0")
    text = "def test_one(subtests):\n    for n in range(3):\n        with subtests.test(n=n): assert n != 1\n"
    assert trace(code=1, test_a=text) == ["begin test_one keep", "end t1 failed"]
