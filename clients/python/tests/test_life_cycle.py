"""When the session is told of tests and of scopes: what a fixture does belongs to the fixture's own scope."""

from importlib.metadata import version

import pytest

REWIND = {"SEATRIAL_ISOLATION": "rewind"}


@pytest.fixture
def trace(session, tmp_path):
    """Runs files of tests under isolation `rewind`, and answers what the session was told."""

    def run(*args, code=0, env=REWIND, **files):
        for name, text in files.items():
            (tmp_path / (name + ".py")).write_text(text)
        session.run_pytest(tmp_path, *args, code=code, env=env)
        return session.trace()

    return run


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


def test_a_session_that_ends_in_the_middle_fails_each_test_that_follows(session, tmp_path):
    (tmp_path / "test_a.py").write_text(
        "import os, signal\ndef test_one(): os.kill(int(os.environ['SERVER']), signal.SIGKILL)\ndef test_two(): pass\n"
    )
    output = session.run_pytest(tmp_path, env={**REWIND, "SERVER": str(session.pid)}, code=1)
    assert "Seatrial cannot reset after test_a.py::test_one: the session does not answer at" in output
    assert "Seatrial cannot begin test_a.py::test_two: the session does not answer at" in output
    assert "KeyError" not in output and "1 failed" not in output and "2 errors" in output


def test_the_terminal_tells_the_lease_and_the_resets(session, tmp_path):
    (tmp_path / "test_a.py").write_text("def test_one(): pass\ndef test_two(): pass\n")
    output = session.run_pytest(tmp_path, env=REWIND)
    assert "seatrial: lease l1, isolation rewind" in output
    assert "seatrial: 2 resets, median 1.5 ms" in output


def test_the_controller_tells_the_resets_of_all_workers(session, tmp_path):
    pytest.importorskip("xdist")
    (tmp_path / "test_a.py").write_text("def test_one(): pass\ndef test_two(): pass\ndef test_three(): pass\n")
    output = session.run_pytest(tmp_path, "-n", "2", env=REWIND)
    assert "seatrial: a lease for each worker, isolation rewind" in output
    assert "seatrial: 3 resets, median 1.5 ms" in output


def test_tests_can_ask_what_changed_and_reset(trace):
    text = (
        "def test_one(seatrial):\n"
        "    assert seatrial.lease == 'l1' and seatrial.isolation == 'rewind'\n"
        "    assert seatrial.url() == seatrial.url('db') == seatrial.env['DATABASE_URL'] == 'postgres://app:secret@127.0.0.1/l1'\n"
        "    assert seatrial.diff() == seatrial.diff('db') == [('db', 'users', 'insert', None, {'id': 1})]\n"
        "    assert seatrial.diff()[0].table == 'users'\n"
        "    seatrial.reset()\n"
    )
    assert trace(test_a=text) == ["begin test_one keep", "diff", "diff", "diff", "leave test", "enter test", "end t1 passed"]


def test_a_wide_fixture_cannot_reset(session, tmp_path):
    text = "import pytest\n@pytest.fixture(scope='session')\ndef wide(seatrial): seatrial.reset()\ndef test_one(wide): pass\n"
    (tmp_path / "test_a.py").write_text(text)
    assert "only a test and its own fixtures can reset" in session.run_pytest(tmp_path, code=1, env=REWIND)


def test_a_seed_shuffles_the_tests_of_each_file_alike_in_each_run(session, tmp_path):
    many = "".join("def test_%d(): pass\n" % number for number in range(9))
    (tmp_path / "test_a.py").write_text(many + "class TestA:\n" + many.replace("def", "    def").replace("()", "(self)"))
    (tmp_path / "test_b.py").write_text("def test_b(): pass\n")
    order = lambda **env: [line for line in session.run_pytest(tmp_path, "--collect-only", "-q", env=env).splitlines() if "::" in line]
    declared, one, same, other = order(), order(SEATRIAL_SHUFFLE_SEED="1"), order(SEATRIAL_SHUFFLE_SEED="1"), order(SEATRIAL_SHUFFLE_SEED="2")
    assert one == same != declared and other not in (one, declared) and sorted(one) == sorted(declared)
    assert one[-1] == "test_b.py::test_b"
    in_class = [index for index, name in enumerate(one) if "TestA" in name]
    assert in_class == list(range(in_class[0], in_class[0] + 9))
    names = [one[index] for index in in_class]
    assert names != sorted(names)


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


def test_subtests_are_part_of_their_test(trace):
    if int(pytest.__version__.split(".")[0]) < 9:
        pytest.skip("pytest has subtests since 9.0")
    text = "def test_one(subtests):\n    for n in range(3):\n        with subtests.test(n=n): assert n != 1\n"
    assert trace(code=1, test_a=text) == ["begin test_one keep", "end t1 failed"]


def test_the_connection_is_made_anew_after_a_pause_and_in_a_forked_child(session, tmp_path):
    """The session closes a connection that was idle for some seconds; a fork must not share one."""
    text = """
import os, pytest_seatrial.plugin
def test_one(request, seatrial):
    link = seatrial._life_cycle._link
    link._connection.shutdown(2)
    assert seatrial.diff()
    pid = os.fork()
    if pid == 0:
        os._exit(0 if link._connection is None and seatrial.diff() else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert seatrial.diff()
"""
    (tmp_path / "test_a.py").write_text(text)
    session.run_pytest(tmp_path, env=REWIND)
    assert session.trace() == ["begin test_one keep", "diff", "diff", "diff", "end t1 passed"]
