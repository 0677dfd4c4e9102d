"""Bootstraps Lakekeeper and makes one warehouse per zone, with the credentials that this pod was given.

Waits up to ten minutes for the catalogue. Runs any number of times: a warehouse that exists gets its storage
profile and credential again, so a rotated key reaches the catalogue. Credentials come from the environment and are never printed. Standard library only.

Source of the requests: https://docs.lakekeeper.io/docs/latest/api/management/
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

ATTEMPTS = 200
PAUSE_SECONDS = 3
# What a service or a proxy says for a catalogue that is not there yet.
NOT_YET = (502, 503, 504)


def call(base, method, path, body=None):
    request = urllib.request.Request(
        f"{base}/management/v1{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            text = response.read()
            return json.loads(text) if text else {}
    except urllib.error.HTTPError as error:
        detail = error.read().decode(errors="replace")
        raise RuntimeError(f"{method} {path}: HTTP {error.code}: {detail}") from error


def wait_for(base):
    for _ in range(ATTEMPTS):
        try:
            with urllib.request.urlopen(f"{base}/health", timeout=10):
                return
        except urllib.error.HTTPError as error:
            if error.code not in NOT_YET:
                raise
        except OSError as error:
            print(f"not yet: {error}", file=sys.stderr, flush=True)
        time.sleep(PAUSE_SECONDS)
    raise TimeoutError(f"{base} has not answered")


def bootstrap(base):
    if not call(base, "GET", "/info").get("bootstrapped", False):
        call(base, "POST", "/bootstrap", {"accept-terms-of-use": True})
        print("bootstrapped", flush=True)


def profile_of(config, warehouse):
    return {
        "type": "s3",
        "bucket": warehouse["bucket"],
        "region": config["region"],
        "endpoint": config["endpoint"],
        "path-style-access": True,
        "flavor": "s3-compat",
        "sts-enabled": config["stsEnabled"],
        "remote-signing-enabled": config["remoteSigningEnabled"],
    }


def credential_of(warehouse, environment):
    return {
        "type": "s3",
        "credential-type": "access-key",
        "aws-access-key-id": environment[warehouse["accessKeyEnv"]],
        "aws-secret-access-key": environment[warehouse["secretKeyEnv"]],
    }


def ensure(base, config, warehouse, existing, environment):
    profile = profile_of(config, warehouse)
    credential = credential_of(warehouse, environment)
    if warehouse["name"] in existing:
        path = f"/warehouse/{existing[warehouse['name']]}/storage"
        call(base, "POST", path, {"storage-profile": profile, "storage-credential": credential})
        print(f"warehouse {warehouse['name']}: refreshed", flush=True)
        return
    call(
        base,
        "POST",
        "/warehouse",
        {
            "warehouse-name": warehouse["name"],
            "storage-profile": profile,
            "storage-credential": credential,
            "delete-profile": {"type": "hard"},
        },
    )
    print(f"warehouse {warehouse['name']}: made", flush=True)


def main(path):
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    base = config["catalog"].rstrip("/")
    wait_for(base)
    bootstrap(base)
    found = call(base, "GET", "/warehouse").get("warehouses", [])
    existing = {entry["name"]: entry.get("warehouse-id", entry.get("id")) for entry in found}
    for warehouse in config["warehouses"]:
        ensure(base, config, warehouse, existing, os.environ)


if __name__ == "__main__":
    main(sys.argv[1])
