"""moto's server with what moto lacks for the services that an apply test must never leave out.

Every addition keeps state in moto's own backend, so that a read after a write tells what was written and what does
not exist is refused, as AWS does. An operation that moto has by itself is left alone, unless moto fails on requests
that AWS answers: then it is replaced, which is told as well. Prints one JSON line with all of that, then serves until
it is told to end.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
from typing import Any

import local_cloudwatch  # noqa: F401  its import makes the additions
import local_ec2  # noqa: F401  its import makes the additions
import local_eks  # noqa: F401  its import makes the additions
import local_glue_s3  # noqa: F401  its import makes the additions
import local_lakeformation  # noqa: F401  its import makes the additions
import local_streams  # noqa: F401  its import makes the additions
import local_prometheus  # noqa: F401  its import makes the additions
import local_sagemaker  # noqa: F401  its import makes the additions
import local_sqs  # noqa: F401  its import makes the additions
from local_additions import ADDED, LOCK
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple


class OneAtATime:
    """Requests come side by side and are worked on one after another.

    moto's state is made of plain dictionaries that handlers walk through. A dictionary that another request changes
    meanwhile makes an answer fail after its change was made; the client tries again, and is told of a duplicate.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        with LOCK:
            answer = self.application(environ, start_response)
            try:
                return list(answer)
            finally:
                close = getattr(answer, "close", None)
                if close is not None:
                    close()


def end_with(parent: int) -> None:
    """Ends this process when the one that started it is gone, however it went."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    print(json.dumps({"added": ADDED}), flush=True)
    application = OneAtATime(DomainDispatcherApplication(create_backend_app))
    run_simple("127.0.0.1", port, application, threaded=True)


if __name__ == "__main__":
    main()
