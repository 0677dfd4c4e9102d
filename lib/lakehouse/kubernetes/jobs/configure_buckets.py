"""Brings versioning, lifecycle, default encryption and the data class of S3 buckets to the declared state.

Every request sets the whole of one setting, so a second run changes nothing. Default encryption is only ever turned
on. Of the tags of a bucket only the declared data class is set; all others stay. A store that cannot do what is declared makes the job fail. Credentials come from the environment and are never printed. Standard library only.

Source of the signature: AWS Signature Version 4,
https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import base64
import datetime
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from xml.etree import ElementTree
from xml.sax.saxutils import escape

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
# A claim is bound before the gateway has the bucket everywhere.
ATTEMPTS = 10
PAUSE_SECONDS = 6


def _hmac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signed_headers(method, url, region, access_key, secret_key, body, now):
    parts = urllib.parse.urlsplit(url)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    day = stamp[:8]
    payload = hashlib.sha256(body).hexdigest()
    headers = {"host": parts.netloc, "x-amz-content-sha256": payload, "x-amz-date": stamp}
    if body:
        headers["content-md5"] = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    names = ";".join(sorted(headers))
    query = "&".join(
        f"{urllib.parse.quote(name, safe='')}={urllib.parse.quote(value, safe='')}"
        for name, value in sorted(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
    )
    canonical = "\n".join(
        [method, parts.path, query, *[f"{name}:{headers[name]}" for name in sorted(headers)], "", names, payload]
    )
    scope = f"{day}/{region}/s3/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = _hmac(f"AWS4{secret_key}".encode(), day)
    for part in (region, "s3", "aws4_request"):
        key = _hmac(key, part)
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    del headers["host"]
    return headers


class Refused(RuntimeError):
    def __init__(self, message, detail):
        super().__init__(f"{message}: {detail}")
        self.detail = detail


class Bucket:
    def __init__(self, config, bucket, environment):
        self.url = f"{config['endpoint'].rstrip('/')}/{bucket['name']}"
        self.region = config["region"]
        self.name = bucket["name"]
        self.access_key = environment[bucket["accessKeyEnv"]]
        self.secret_key = environment[bucket["secretKeyEnv"]]

    def put(self, setting, body):
        self._request("PUT", setting, body.encode())

    def tags(self):
        try:
            answer = self._request("GET", "tagging", b"")
        except Refused as error:
            if "NoSuchTagSet" in error.detail:
                return {}
            raise
        texts = [(tag.findtext("{*}Key"), tag.findtext("{*}Value")) for tag in ElementTree.fromstring(answer).iter()]
        return {key: value or "" for key, value in texts if key is not None}

    def _request(self, method, setting, body):
        url = f"{self.url}?{setting}="
        now = datetime.datetime.now(datetime.timezone.utc)
        headers = signed_headers(method, url, self.region, self.access_key, self.secret_key, body, now)
        request = urllib.request.Request(url, data=body or None, headers=headers, method=method)
        if body:
            request.add_header("Content-Type", "application/xml")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.read().decode()
        except urllib.error.HTTPError as error:
            detail = error.read().decode(errors="replace")
            raise Refused(f"{self.name}: {method} {setting}: HTTP {error.code}", detail) from error


def versioning_xml():
    return f'<VersioningConfiguration xmlns="{NAMESPACE}"><Status>Enabled</Status></VersioningConfiguration>'


def encryption_xml():
    return (
        f'<ServerSideEncryptionConfiguration xmlns="{NAMESPACE}"><Rule><ApplyServerSideEncryptionByDefault>'
        "<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"
        "</ServerSideEncryptionConfiguration>"
    )


def _rule(name, content):
    return f"<Rule><ID>{escape(name)}</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status>{content}</Rule>"


def lifecycle_xml(bucket):
    rules = [
        _rule(
            "expire-noncurrent",
            f"<NoncurrentVersionExpiration><NoncurrentDays>{bucket['noncurrentVersionDays']}</NoncurrentDays>"
            "</NoncurrentVersionExpiration>",
        ),
        _rule(
            "abort-uploads",
            "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>"
            "</AbortIncompleteMultipartUpload>",
        ),
    ]
    for transition in bucket["transitions"]:
        rules.append(
            _rule(
                f"to-{transition['tier']}",
                f"<Transition><Days>{transition['days']}</Days>"
                f"<StorageClass>{escape(transition['storageClass'])}</StorageClass></Transition>",
            )
        )
    if bucket.get("retentionDays") is not None:
        rules.append(_rule("retention", f"<Expiration><Days>{bucket['retentionDays']}</Days></Expiration>"))
    return f'<LifecycleConfiguration xmlns="{NAMESPACE}">{"".join(rules)}</LifecycleConfiguration>'


def tagging_xml(tags):
    content = "".join(
        f"<Tag><Key>{escape(key)}</Key><Value>{escape(value)}</Value></Tag>" for key, value in sorted(tags.items())
    )
    return f'<Tagging xmlns="{NAMESPACE}"><TagSet>{content}</TagSet></Tagging>'


def configure(config, declared, environment):
    bucket = Bucket(config, declared, environment)
    bucket.put("versioning", versioning_xml())
    bucket.put("lifecycle", lifecycle_xml(declared))
    if declared["encrypted"]:
        bucket.put("encryption", encryption_xml())
    if declared.get("dataClass") is not None:
        bucket.put("tagging", tagging_xml({**bucket.tags(), "data-class": declared["dataClass"]}))
    print(f"bucket {declared['name']}: configured", flush=True)


def main(path):
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    for declared in config["buckets"]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                configure(config, declared, os.environ)
                break
            except (RuntimeError, urllib.error.URLError) as error:
                if attempt == ATTEMPTS:
                    raise
                print(f"attempt {attempt}: {error}", file=sys.stderr, flush=True)
                time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1])
