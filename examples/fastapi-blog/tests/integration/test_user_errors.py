"""A2: what the API refuses."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from tests.factories import Make, new_registration

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(("field", "value"), [("email", "not an address"), ("name", "  "), ("password", "short")])
def test_a_registration_with_a_bad_field_is_422_and_names_that_field_alone(client: TestClient, field: str, value: str):
    response = client.post("/users", json=new_registration(**{field: value}))
    assert response.status_code == 422
    assert _fields(response.json()) == [field]


def test_a_registration_without_any_field_names_each_of_them(client: TestClient):
    response = client.post("/users", json={})
    assert response.status_code == 422
    assert _fields(response.json()) == ["email", "name", "password"]


def test_a_user_that_does_not_exist_is_404_whatever_is_asked_of_it(client: TestClient, make_user: Make):
    path = f"/users/{make_user()['id']}"
    assert client.delete(path).status_code == 204
    for response in (client.get(path), client.patch(path, json={"name": "Ada"}), client.delete(path)):
        assert (response.status_code, response.json()) == (404, {"detail": "user_not_found"})


def test_an_id_that_is_not_a_number_is_422(client: TestClient):
    response = client.get("/users/first")
    assert response.status_code == 422
    assert _fields(response.json()) == ["user_id"]


def test_a_second_registration_of_an_email_is_409_in_capitals_too(client: TestClient, make_user: Make):
    user = make_user()
    local, _, domain = user["email"].partition("@")
    response = client.post("/users", json=new_registration(email=f"{local.upper()}@{domain}"))
    assert (response.status_code, response.json()) == (409, {"code": "duplicate", "field": "email"})


def test_of_many_registrations_of_one_email_at_the_same_time_exactly_one_succeeds(server: httpx2.Client):
    registration = new_registration()
    with ThreadPoolExecutor(5) as threads:
        answers = threads.map(lambda _: server.post("/users", json=registration).status_code, range(5))
    assert sorted(answers) == [201, 409, 409, 409, 409]


def _fields(body: dict[str, Any]) -> list[str]:
    return sorted(problem["loc"][-1] for problem in body["detail"])
