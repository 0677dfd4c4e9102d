"""Makes a Secret with random keys in the cluster, once: what exists is never read or changed.

Needs a service account that may create Secrets in its namespace, and nothing else. Standard library only.
"""

import base64
import json
import os
import secrets
import ssl
import sys
import urllib.error
import urllib.request

IDENTITY = "/var/run/secrets/kubernetes.io/serviceaccount"


def secret_object(name, keys):
    data = {key: base64.b64encode(secrets.token_urlsafe(48).encode()).decode() for key in keys}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": "Opaque", "data": data}


def create(api, namespace, token, context, body):
    """True if the Secret was made, False if it was there."""
    request = urllib.request.Request(
        f"{api}/api/v1/namespaces/{namespace}/secrets",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, context=context, timeout=30):
            return True
    except urllib.error.HTTPError as error:
        if error.code == 409:
            return False
        raise


def main(path):
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    with open(f"{IDENTITY}/token", encoding="utf-8") as file:
        token = file.read().strip()
    with open(f"{IDENTITY}/namespace", encoding="utf-8") as file:
        namespace = file.read().strip()
    context = ssl.create_default_context(cafile=f"{IDENTITY}/ca.crt")
    host = os.environ["KUBERNETES_SERVICE_HOST"]
    host = f"[{host}]" if ":" in host else host
    api = f"https://{host}:{os.environ['KUBERNETES_SERVICE_PORT']}"
    made = create(api, namespace, token, context, secret_object(config["secret"], config["keys"]))
    print(f"secret {config['secret']}: {'made' if made else 'already there'}")


if __name__ == "__main__":
    main(sys.argv[1])
