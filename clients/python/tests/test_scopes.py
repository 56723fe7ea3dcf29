"""When the session is told of scopes: what a fixture does belongs to the fixture's own scope."""

from importlib.metadata import version

import pytest


WIDE = """
import pytest
from told import note

@pytest.fixture(scope="session")
def of_session():
    note("session up")
    yield
    note("session down")

@pytest.fixture(scope="package")
def of_package(): note("package up")

@pytest.fixture(scope="module")
def of_module(of_session):
    note("module up")
    yield
    note("module down")

@pytest.fixture(scope="class")
def of_class():
    note("class up")
    yield
    note("class down")

@pytest.fixture
def own():
    note("own up")
    yield
    note("own down")
"""
# Asks for what has changed, which the trace then shows in its place.
TOLD = """
import os, urllib.request
def note(text):
    lease = os.environ["SEATRIAL_LEASE"].split("/")[1]
    url = "%s/v1/leases/%s/diff" % (os.environ["SEATRIAL_CONTROL_URL"], lease + "%20" + text.replace(" ", "%20"))
    urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": "Bearer " + os.environ["SEATRIAL_CONTROL_TOKEN"]})).read()
"""


def test_what_a_fixture_does_belongs_to_its_scope_and_a_test_ends_before_wider_fixtures_are_torn_down(trace):
    assert trace(
        conftest=WIDE,
        told=TOLD,
        test_a="def test_one(own, of_module): pass\ndef test_two(of_module, own): pass\n",
        test_b="def test_three(of_module): pass\n",
    ) == [
        *("diff session up", "enter file", "diff module up"),
        "begin test_one keep",
        *("diff own up", "diff own down"),
        "end t1 passed",
        "begin test_two undo",
        *("diff own up", "diff own down"),
        "end t1 passed",
        *("enter file", "diff module down", "leave file"),
        *("enter file", "diff module up"),
        "begin test_three keep",
        "end t1 passed",
        *("enter file", "diff module down", "leave file"),
        "diff session down",
    ]


def test_a_wide_fixture_that_is_asked_for_in_a_test_belongs_to_its_scope(trace):
    text = "from told import note\ndef test_one(own, request):\n    request.getfixturevalue('of_session')\n    note('test')\n"
    assert trace(conftest=WIDE, told=TOLD, test_a=text) == [
        "begin test_one keep",
        *("diff own up", "enter run", "diff session up", "enter test", "diff test", "diff own down"),
        "end t1 passed",
        *("enter run", "diff session down"),
    ]


CLASSES = """
import pytest
class TestA:
    def test_one(self, of_class): pass
    class TestInner:
        def test_inner(self): pass
class TestB:
    def test_two(self, of_class): pass
"""


def test_a_class_has_the_scope_for_itself_when_no_fixture_of_the_module_lives(trace):
    up, down = ("enter file", "diff class up"), ("enter file", "diff class down", "leave file")
    assert trace(conftest=WIDE, told=TOLD, test_a=CLASSES) == [
        *(*up, "begin TestA::test_one keep", "end t1 passed"),
        *("begin TestA::TestInner::test_inner undo", "end t1 passed", *down),
        *(*up, "begin TestB::test_two keep", "end t1 passed", *down),
    ]


def test_a_class_shares_the_scope_with_a_fixture_of_the_module_that_lives(trace):
    told = trace(conftest=WIDE, told=TOLD, test_a="import pytest\npytestmark = pytest.mark.usefixtures('of_module')\n" + CLASSES)
    assert [line for line in told if line in ("leave file", "diff class down", "diff module down")] == [
        *("diff class down", "diff class down", "diff module down", "leave file"),
    ]


def test_a_fixture_of_a_class_that_a_function_asks_for_is_one_of_the_test(trace):
    assert trace(conftest=WIDE, told=TOLD, test_a="def test_one(of_class): pass\n") == [
        *("begin test_one keep", "diff class up", "diff class down", "end t1 passed"),
    ]


def test_a_parametrized_wide_fixture_is_taken_down_before_its_next_parameter(trace):
    text = (
        "import pytest\nfrom told import note\n"
        "@pytest.fixture(scope='module', params=[1, 2])\ndef wide(request):\n"
        "    note('up %d' % request.param)\n    yield\n    note('down %d' % request.param)\n"
        "def test_one(wide): pass\n"
    )
    told = trace(told=TOLD, test_a=text)
    assert told[:3] == ["enter file", "diff up 1", "begin test_one[1] keep"]
    at = told.index("diff down 1")
    assert told[at - 1] == "enter file" and told[at + 1] == "leave file"
    assert told[-4:] == ["end t1 passed", "enter file", "diff down 2", "leave file"]
    assert told[told.index("diff up 2") + 1] == "begin test_one[2] keep"


XUNIT = """
import unittest
from told import note
def setup_module(): note("module up")
def teardown_module(): note("module down")
class TestA:
    def setup_class(cls): note("class up")
    def teardown_class(cls): note("class down")
    def setup_method(self): note("method up")
    def test_one(self): pass
class TestOld(unittest.TestCase):
    @classmethod
    def setUpClass(cls): note("setUpClass")
    def setUp(self): note("setUp")
    def test_old(self): pass
class TestPlain(unittest.TestCase):
    def test_plain(self): pass
"""


def test_the_hooks_of_xunit_and_unittest_are_fixtures(trace):
    assert trace(told=TOLD, test_a=XUNIT) == [
        *("enter file", "diff module up", "diff class up", "begin TestA::test_one keep", "diff method up"),
        *("end t1 passed", "enter file", "diff class down"),
        *("diff setUpClass", "begin TestOld::test_old keep", "diff setUp", "end t1 passed", "enter file"),
        "begin TestPlain::test_plain keep",
        *("end t1 passed", "enter file", "diff module down", "leave file"),
    ]


def test_what_comes_late_is_not_of_the_fixture_that_follows(trace):
    text = "def test_one(): pass\ndef test_two(of_module): pass\ndef test_three(of_session, of_class): pass\n"
    assert trace(conftest=WIDE.replace("(of_session)", "()"), told=TOLD, test_a=text) == [
        *("begin test_one keep", "end t1 passed"),
        *("leave test", "enter file", "diff module up", "begin test_two keep", "end t1 passed"),
        *("leave test", "enter run", "diff session up", "begin test_three keep", "diff class up", "diff class down", "end t1 passed"),
        *("enter file", "diff module down", "leave file", "diff session down"),
    ]


def test_a_wide_fixture_that_fails_leaves_its_scope(trace):
    text = (
        "import pytest\n@pytest.fixture(scope='module')\ndef wide(): raise OSError('no')\n"
        "def test_one(wide): pass\ndef test_two(wide): pass\ndef test_three(): pass\n"
    )
    assert trace(code=1, test_a=text) == [
        *("enter file", "begin test_one keep", "end t1 failed"),
        *("begin test_two undo", "end t1 failed"),
        *("begin test_three undo", "end t1 passed", "enter file", "leave file"),
    ]


def test_a_wide_fixture_whose_tear_down_fails_is_told_beside_the_test(trace):
    text = "import pytest\n@pytest.fixture(scope='module')\ndef wide():\n    yield\n    raise OSError('no')\ndef test_one(wide): pass\n"
    told = trace(code=1, test_a=text)
    assert told[-4:] == ["enter file", "leave file", "begin test_one (tear-down of wider fixtures) keep", "end t1 failed"]
    assert "end t1 passed" in told


def test_wide_fixtures_live_on_in_a_test_that_is_repeated(trace):
    pytest.importorskip("pytest_rerunfailures")
    if int(version("pytest-rerunfailures").split(".")[0]) < 12:
        pytest.skip("this pytest-rerunfailures tears wide fixtures down before each attempt")
    told = trace(
        "--reruns",
        "2",
        conftest=WIDE,
        told=TOLD,
        test_a="seen = []\ndef test_one(of_module, own):\n    seen.append(1)\n    assert len(seen) == 3\n",
    )
    own = ("diff own up", "diff own down")
    assert [line for line in told if not line.startswith("diff session")] == [
        *("enter file", "diff module up", "begin test_one keep", *own, "end t1 failed"),
        *("begin test_one undo", *own, "end t1 failed"),
        *("begin test_one undo", *own, "end t1 passed", "enter file", "diff module down", "leave file"),
    ]


def test_a_session_that_stops_early_tears_wide_fixtures_down_in_their_scope(trace):
    assert trace("-x", code=1, conftest=WIDE, told=TOLD, test_a="def test_one(of_module): assert 0\ndef test_two(of_module): pass\n") == [
        *("diff session up", "enter file", "diff module up", "begin test_one keep"),
        *("end t1 failed", "enter file", "diff module down", "leave file", "diff session down"),
    ]


def test_a_test_that_ends_pytest_is_not_told_to_have_ended(trace):
    assert trace(code=2, conftest=WIDE, told=TOLD, test_a="import pytest\ndef test_one(of_class, of_module): pytest.exit('enough')\n") == [
        *("diff session up", "enter file", "diff module up", "begin test_one keep", "diff class up"),
        *("diff class down", "enter file", "diff module down", "leave file", "enter test", "enter run", "diff session down", "enter test"),
    ]
