"""Puts what an identity needs to sign in into a Secret in the identity's own namespace.

`password`: made once, kept in a Secret of the store's namespace too, where the server's side reads it.
`token`: a JSON Web Token signed with the server's key (HS256), which says what its holder may do and ends after
`seconds`; each run writes a new one.

Needs a service account that may create Secrets in both namespaces, and read and change these ones. Nothing is printed
but names. Standard library only.

Source of the tokens: https://qdrant.tech/documentation/guides/security/ (granular access control)
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import ssl
import sys
import time
import urllib.error
import urllib.request

IDENTITY = "/var/run/secrets/kubernetes.io/serviceaccount"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims, key):
    head = encoded(json.dumps({"alg": "HS256", "typ": "JWT"}, separators=(",", ":")).encode())
    body = encoded(json.dumps(claims, separators=(",", ":")).encode())
    seal = hmac.new(key.encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{encoded(seal)}"


class Cluster:
    def __init__(self, base, token, tls):
        self.base = base
        self.token = token
        self.tls = tls

    def call(self, method, path, body=None, kind="application/json"):
        request = urllib.request.Request(
            f"{self.base}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": kind},
            method=method,
        )
        with urllib.request.urlopen(request, context=self.tls, timeout=30) as response:
            return json.loads(response.read() or b"{}")

    def read(self, namespace, name):
        try:
            found = self.call("GET", f"/api/v1/namespaces/{namespace}/secrets/{name}")
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise
        return {key: base64.b64decode(value).decode() for key, value in (found.get("data") or {}).items()}

    def write(self, namespace, name, values, kind="Opaque"):
        data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": kind, "data": data}
        try:
            self.call("POST", f"/api/v1/namespaces/{namespace}/secrets", secret)
        except urllib.error.HTTPError as error:
            if error.code != 409:
                raise
            merge = "application/merge-patch+json"
            self.call("PATCH", f"/api/v1/namespaces/{namespace}/secrets/{name}", {"data": data}, merge)


def issue(cluster, config, environment, now):
    holder = config["holder"]
    values = dict(config["values"])
    with open(config["authority"], encoding="utf-8") as file:
        values["ca.crt"] = file.read()
    if config["kind"] == "token":
        claims = {"exp": now + config["seconds"], "access": config["access"]}
        values["token"] = signed(claims, environment["SIGNING_KEY"])
    else:
        home = config["home"]
        kept = cluster.read(home["namespace"], home["name"])
        password = kept["password"] if kept else secrets.token_urlsafe(32)
        if not kept:
            pair = {"username": config["values"]["username"], "password": password}
            cluster.write(home["namespace"], home["name"], pair, "kubernetes.io/basic-auth")
        values["password"] = password
    cluster.write(holder["namespace"], holder["name"], values)
    print(f"secret {holder['namespace']}/{holder['name']}: written")


def main(path, environment):
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    with open(f"{IDENTITY}/token", encoding="utf-8") as file:
        token = file.read().strip()
    tls = ssl.create_default_context(cafile=f"{IDENTITY}/ca.crt")
    host = environment["KUBERNETES_SERVICE_HOST"]
    host = f"[{host}]" if ":" in host else host
    cluster = Cluster(f"https://{host}:{environment['KUBERNETES_SERVICE_PORT']}", token, tls)
    issue(cluster, config, environment, int(time.time()))


if __name__ == "__main__":
    main(sys.argv[1], os.environ)
