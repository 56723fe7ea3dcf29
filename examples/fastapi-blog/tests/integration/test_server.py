"""A1 on a real uvicorn: what one process writes, another one reads."""

import httpx2
import pytest
from fastapi.testclient import TestClient

from tests.factories import Make, new_post, new_registration

pytestmark = pytest.mark.integration


def test_a_blog_is_written_and_read_over_real_http(server: httpx2.Client):
    author = server.post("/users", json=new_registration()).json()["id"]
    created = server.post("/posts", json=new_post(author, title="Ahoy"))
    assert created.status_code == 201
    path = created.headers["location"]
    comment = server.post(f"{path}/comments", json={"author_id": author, "body": "First"})
    assert comment.status_code == 201
    post = server.get(path).json()
    assert (post["title"], [comment["body"] for comment in post["comments"]]) == ("Ahoy", ["First"])
    assert server.delete(path).status_code == 204
    assert server.get(path).status_code == 404


def test_the_server_and_the_app_in_this_process_share_database_and_cache(
    server: httpx2.Client, client: TestClient, make_post: Make
):
    post = make_post()
    path = f"/posts/{post['id']}"
    assert server.get(path).json() == post
    change = {"title": "Changed by the server", "body": "-", "version": 1}
    assert server.put(path, json=change).status_code == 200
    assert client.get(path).json()["title"] == "Changed by the server"
