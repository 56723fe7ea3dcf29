import httpx2
import pytest
from fastapi.testclient import TestClient

pytestmark = pytest.mark.integration


def test_health_is_ok_when_the_database_and_the_cache_answer(client: TestClient):
    response = client.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_health_of_a_real_server_is_ok(server: httpx2.Client):
    response = server.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
