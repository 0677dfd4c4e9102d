"""Brings collections, users and roles of Milvus to their declared state.

The first run replaces the password that every installation starts with by the one of this cluster. What exists with
another dimension is never changed, because that would delete vectors: the job fails and says so. Runs any number of
times. Passwords come from the environment and are never printed. Standard library only.

Source of the requests: https://milvus.io/api-reference/restful/v2.6.x/ (collections, users, roles)
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
# What a new installation has; it is replaced before anything else is done.
FIRST_PASSWORD = "Milvus"


class Refused(Exception):
    """What Milvus answers with a code that is not zero."""


class Client:
    def __init__(self, base, authority):
        self.base = base
        self.tls = ssl.create_default_context(cafile=authority) if base.startswith("https:") else None
        self.password = FIRST_PASSWORD

    def call(self, path, body):
        request = urllib.request.Request(
            f"{self.base}/v2/vectordb{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer root:{self.password}"},
            method="POST",
        )
        with urllib.request.urlopen(request, context=self.tls, timeout=60) as response:
            answer = json.loads(response.read() or b"{}")
        if answer.get("code", 0) not in (0, 200):
            raise Refused(f"POST {path}: {answer.get('code')}: {answer.get('message')}")
        return answer.get("data")

    def sign_in(self, password):
        """Waits for the server, and gives root its own password if it still has the first one."""
        for _ in range(ATTEMPTS):
            for candidate in (password, FIRST_PASSWORD):
                self.password = candidate
                try:
                    self.call("/collections/list", {})
                except Refused:
                    continue
                except urllib.error.HTTPError as error:
                    if error.code in (401, 403):
                        continue
                    print(f"not yet: HTTP {error.code}", file=sys.stderr, flush=True)
                    break
                except OSError as error:
                    print(f"not yet: {error}", file=sys.stderr, flush=True)
                    break
                if candidate == FIRST_PASSWORD:
                    self.call(
                        "/users/update_password",
                        {"userName": "root", "password": FIRST_PASSWORD, "newPassword": password},
                    )
                    self.password = password
                    print("password of root: changed", flush=True)
                return
            time.sleep(PAUSE_SECONDS)
        raise TimeoutError(f"{self.base} has not answered, or its root has another password")


def dimension_of(description):
    for field in description.get("fields", []):
        for parameter in field.get("params", []):
            if parameter.get("key") == "dim":
                return str(parameter.get("value"))
    return None


def ensure_collection(client, body):
    name = body["collectionName"]
    if name not in (client.call("/collections/list", {}) or []):
        client.call("/collections/create", body)
        print(f"collection {name}: made", flush=True)
        return []
    wanted = next(
        str(field["elementTypeParams"]["dim"])
        for field in body["schema"]["fields"]
        if "dim" in field.get("elementTypeParams", {})
    )
    found = dimension_of(client.call("/collections/describe", {"collectionName": name}))
    if found != wanted:
        return [f"collection {name}: dimension is {found}, declared is {wanted}"]
    print(f"collection {name}: already there", flush=True)
    return []


def ensure_user(client, user, environment):
    name = user["name"]
    if name not in (client.call("/users/list", {}) or []):
        client.call("/users/create", {"userName": name, "password": environment[user["passwordEnv"]]})
    if name not in (client.call("/roles/list", {}) or []):
        client.call("/roles/create", {"roleName": name})
    for right in user["rights"]:
        # Giving a right twice changes nothing.
        client.call("/roles/grant_privilege_v2", {"roleName": name, "dbName": "default", **right})
    client.call("/users/grant_role", {"userName": name, "roleName": name})
    print(f"user {name}: {len(user['rights'])} rights", flush=True)


def main(path, environment):
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    client = Client(config["endpoint"], config["authority"])
    client.sign_in(environment["MILVUS_ROOT_PASSWORD"])
    wrong = [line for body in config["collections"] for line in ensure_collection(client, body)]
    for user in config["users"]:
        ensure_user(client, user, environment)
    for line in wrong:
        print(f"{line}: load the vectors into a collection of another name", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], os.environ))
