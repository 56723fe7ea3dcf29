import os

import pytest

pytest_plugins = ["tests.backend", "tests.factories"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """R5: tests that need PostgreSQL and Redis run only when they are asked for."""
    if os.environ.get("RUN_INTEGRATION_TESTS") == "true":
        return
    skip = pytest.mark.skip(reason="needs RUN_INTEGRATION_TESTS=true, or `seatrial run`")
    for item in items:
        if item.get_closest_marker("integration"):
            item.add_marker(skip)
