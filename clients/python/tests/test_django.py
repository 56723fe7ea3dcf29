"""pytest-django means its own under a lease: by default it makes a database of its own, and it can work on the leased one."""

SETTINGS = """
import os
from urllib.parse import urlsplit
url = urlsplit(os.environ["DATABASE_URL"])
DATABASES = {"default": {
    "ENGINE": "django.db.backends.postgresql", "NAME": url.path[1:], "USER": url.username, "PASSWORD": url.password,
    "HOST": url.hostname, "PORT": url.port, "CONN_MAX_AGE": None,
}}
INSTALLED_APPS = ["harbour"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
"""
MODELS = """
from django.db import models
class Ship(models.Model):
    name = models.TextField()
    class Meta: db_table = "ship"
"""
TESTS = """
import os, pytest
from django.db import connection
from django.test import TestCase, TransactionTestCase
from harbour.models import Ship

def names(): return [ship.name for ship in Ship.objects.order_by("id")]

@pytest.mark.django_db
@pytest.mark.parametrize("attempt", range(4))
def test_in_a_transaction(attempt):
    assert names() == BASELINE
    Ship.objects.create(name="Calypso")
    Ship.objects.filter(name="Argo").delete()

@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(4))
def test_with_commits(attempt):
    assert names() == BASELINE
    Ship.objects.create(name="Calypso")

class TestShips(TestCase):
    @classmethod
    def setUpTestData(cls): Ship.objects.create(name="of the class")
    def test_one(self):
        assert names() == [*BASELINE, "of the class"]
        Ship.objects.create(name="Calypso")
    def test_two(self): assert names() == [*BASELINE, "of the class"]

class TestCommits(TransactionTestCase):
    def test_one(self):
        assert names() == BASELINE
        Ship.objects.create(name="Calypso")
    def test_two(self): assert names() == BASELINE

@pytest.mark.django_db
def test_database():
    assert connection.settings_dict["NAME"] == DATABASE
"""
OPTIONS = "[pytest]\npythonpath = .\nDJANGO_SETTINGS_MODULE = settings\n"


def project(workspace, baseline, database, conftest):
    tests = "BASELINE = %r\n%s" % (baseline, TESTS.replace("DATABASE", database))
    workspace.write(settings=SETTINGS, conftest=conftest, test_a=tests, test_b=tests, **{"pytest.ini": OPTIONS, "harbour/models.py": MODELS})
    (workspace.project / "harbour" / "__init__.py").write_text("")


def test_it_makes_a_database_beside_the_leased_one_and_resets_that_itself(workspace):
    # Of one worker the name is test_<lease>, of several test_<lease>_gw0, ...
    suffix = "('_' + os.environ['PYTEST_XDIST_WORKER'] if 'PYTEST_XDIST_WORKER' in os.environ else '')"
    project(workspace, [], "'test_' + os.environ['PGDATABASE'] + " + suffix, "")
    for args in ([], ["-n", "2"]):
        output = workspace.pytest(*args)
        assert "26 passed" in output and "leak" not in output and "fall-back" not in output, output


def test_it_works_on_the_leased_database_when_told_to_make_none(workspace):
    conftest = "import pytest\n@pytest.fixture(scope='session')\ndef django_db_setup(): pass\n"
    project(workspace, ["Argo", "Beagle"], "os.environ['PGDATABASE']", conftest)
    for args in ([], ["-n", "2"]):
        output = workspace.pytest(*args)
        assert "26 passed" in output and "leak" not in output and "fall-back" not in output, output
