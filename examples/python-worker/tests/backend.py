"""Fixtures: the worker as the process that is deployed, and the shop that sends it orders."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import boto3
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from worker.queues import connect, open_channel


class Worker:
    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def start(self, **env: str) -> None:
        """Returns when it consumes."""
        command = [sys.executable, "-m", "worker"]
        env = {**os.environ, "SQS_WAIT_SECONDS": "1", **env}
        self._process = subprocess.Popen(command, cwd=Path(__file__).parents[1], env=env, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout.readline() == "ready\n"

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        self._end(subprocess.Popen.terminate)

    def kill(self) -> None:
        self._end(subprocess.Popen.kill)

    def _end(self, how: Callable[[subprocess.Popen], None]) -> None:
        if self._process is not None:
            how(self._process)
            self._process.wait(timeout=30)
            self._process.stdout.close()
            self._process = None


@pytest.fixture(scope="session")
def process() -> Iterator[Worker]:
    process = Worker()
    process.start()
    yield process
    process.stop()


@pytest.fixture
def worker(process: Worker) -> Worker:
    """It runs, and has done so for many tests."""
    if not process.is_running():
        process.start()
    return process


@pytest.fixture
def stopped_worker(process: Worker) -> Iterator[Worker]:
    """For a test that starts it by itself."""
    process.stop()
    yield process
    process.stop()


@pytest.fixture
def shop() -> Iterator[BlockingChannel]:
    with connect() as connection:
        yield open_channel(connection)


@pytest.fixture
def expect(seatrial) -> Callable:
    """Waits longer than it would have to on a machine that is not busy."""
    return partial(seatrial.expect_message, within=30)


@pytest.fixture(scope="session")
def s3():
    return boto3.client("s3")


def new_order(order_id: str = "o-1", **changes: object) -> dict[str, object]:
    lines = [{"sku": "ROPE-10", "quantity": 2, "priceCents": 4999}, {"sku": "HOOK", "quantity": 1, "priceCents": 999}]
    return {"id": order_id, "customer": "grace@example.test", "lines": lines, **changes}


def count_waiting(channel: BlockingChannel, queue: str) -> int:
    """Messages that nobody has taken."""
    return channel.queue_declare(queue, passive=True).method.message_count
