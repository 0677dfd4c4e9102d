"""Brings the collections of a Qdrant cluster to their declared state: makes what is missing, indexes fields.

What exists with another dimension or metric is never changed, because that would delete vectors: the job fails and says
so. Runs any number of times. The key comes from the environment and is never printed. Standard library only.

Source of the requests: https://api.qdrant.tech/api-reference/collections
"""

import json
import os
import ssl
import sys
import time
import urllib.error
import urllib.request

ATTEMPTS = 200
PAUSE_SECONDS = 3
# What a service or a proxy says for a server that is not there yet.
NOT_YET = (502, 503, 504)


class Client:
    def __init__(self, base, key, authority):
        self.base = base
        self.key = key
        self.tls = ssl.create_default_context(cafile=authority) if base.startswith("https:") else None

    def call(self, method, path, body=None):
        """The status, and the answer if there is one."""
        request = urllib.request.Request(
            f"{self.base}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "api-key": self.key},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, context=self.tls, timeout=60) as response:
                return response.status, json.loads(response.read() or b"{}")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return 404, {}
            detail = error.read().decode(errors="replace")
            raise RuntimeError(f"{method} {path}: HTTP {error.code}: {detail}") from error

    def wait(self):
        for _ in range(ATTEMPTS):
            try:
                request = urllib.request.Request(f"{self.base}/readyz")
                with urllib.request.urlopen(request, context=self.tls, timeout=10):
                    return
            except urllib.error.HTTPError as error:
                if error.code not in NOT_YET:
                    raise
            except OSError as error:
                print(f"not yet: {error}", file=sys.stderr, flush=True)
            time.sleep(PAUSE_SECONDS)
        raise TimeoutError(f"{self.base} has not answered")


def differences(name, wanted, found):
    vectors = found.get("config", {}).get("params", {}).get("vectors", {})
    return [
        f"collection {name}: {field} is {vectors.get(field)}, declared is {wanted['vectors'][field]}"
        for field in ("size", "distance")
        if vectors.get(field) != wanted["vectors"][field]
    ]


def ensure(client, collection):
    """What differs from the declaration and cannot be changed."""
    name = collection["name"]
    path = f"/collections/{name}"
    status, answer = client.call("GET", path)
    if status == 404:
        client.call("PUT", path, collection["body"])
        print(f"collection {name}: made", flush=True)
    else:
        wrong = differences(name, collection["body"], answer.get("result", {}))
        if wrong:
            return wrong
        print(f"collection {name}: already there", flush=True)
    for field in collection["fields"]:
        client.call("PUT", f"{path}/index?wait=true", field)
    return []


def main(path, environment):
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    client = Client(config["endpoint"], environment["QDRANT_API_KEY"], config["authority"])
    client.wait()
    wrong = [line for collection in config["collections"] for line in ensure(client, collection)]
    for line in wrong:
        print(f"{line}: load the vectors into a collection of another name", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], os.environ))
