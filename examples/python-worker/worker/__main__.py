"""`python -m worker`: confirms orders and ships them until it is told to stop."""

import os
import signal
import sys
from threading import Event, Thread

import boto3

from .consumer import OrderConsumer
from .events import Events
from .queues import connect, open_channel
from .shipping import ship_until


def main() -> None:
    stop = Event()

    def on_signal(*_: object) -> None:
        stop.set()
        sys.exit(0)  # closes the connection below; the shipment under way is finished

    signal.signal(signal.SIGTERM, on_signal)
    s3, sqs = boto3.client("s3"), boto3.client("sqs")
    Thread(target=ship_until, args=(stop, s3, sqs, int(os.environ.get("SQS_WAIT_SECONDS", "20")))).start()
    try:
        with connect() as connection:
            channel = open_channel(connection)
            OrderConsumer(s3, sqs, Events()).consume(channel)
            print("ready", flush=True)
            channel.start_consuming()
    finally:
        stop.set()  # a broker that is gone ends the shipping, too: whoever has started this process starts it again


if __name__ == "__main__":
    main()
