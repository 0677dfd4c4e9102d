"""moto's server with what moto lacks for the services that an apply test must never leave out.

Every addition keeps state in moto's own backend, so that a read after a write tells what was written and what does
not exist is refused, as AWS does. An operation that moto has by itself is left alone, unless moto fails on requests
that AWS answers: then it is replaced, which is told as well. Prints one JSON line with all of that, then serves until
it is told to end.
"""

import argparse
import fnmatch
import json
import os
import signal
import sys
import threading
import time
from typing import Any, Callable

import xmltodict
from moto.core.exceptions import JsonRESTError
from moto.glue.responses import GlueResponse
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.lakeformation.exceptions import InvalidInput
from moto.lakeformation.models import LakeFormationBackend
from moto.lakeformation.responses import LakeFormationResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.exceptions import ReplicationConfigurationNotFoundError
from moto.s3.models import LOGGING_SERVICE_PRINCIPAL, FakeBucket
from moto.s3.responses import S3Response
from werkzeug.serving import run_simple

ADDED: list[str] = []
# The server answers requests side by side.
LOCK = threading.RLock()


def add(response_class: type, method: str, told: str) -> Callable[[Any], Any]:
    """Adds a handler to a service, unless the service has it."""

    def decorate(handler: Any) -> Any:
        if not hasattr(response_class, method):
            setattr(response_class, method, handler)
            ADDED.append(told)
        return handler

    return decorate


def replace(owner: type, method: str, told: str) -> Callable[[Any], Any]:
    """Replaces what moto does wrong."""

    def decorate(handler: Any) -> Any:
        setattr(owner, method, handler)
        ADDED.append(told)
        return handler

    return decorate


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# --- Glue table optimizers -------------------------------------------------------------------------------------------

OPTIMIZER_TYPES = ("compaction", "retention", "orphan_file_deletion")


def _optimizers(response: Any) -> tuple[dict[str, Any], str]:
    """The optimizers of the table that is meant, and the type that is meant."""
    kind = response._get_param("Type")
    if kind not in OPTIMIZER_TYPES:
        raise JsonRESTError("ValidationException", f"Type must be one of {', '.join(OPTIMIZER_TYPES)}")
    # Raises EntityNotFoundException if there is no such database or table.
    table = response.glue_backend.get_table(response._get_param("DatabaseName"), response._get_param("TableName"))
    if not hasattr(table, "optimizers"):
        table.optimizers = {}
    return table.optimizers, kind


def _require_optimizer(optimizers: dict[str, Any], kind: str) -> Any:
    if kind not in optimizers:
        raise JsonRESTError("EntityNotFoundException", f"Table optimizer of type {kind} does not exist")
    return optimizers[kind]


@add(GlueResponse, "create_table_optimizer", "glue CreateTableOptimizer")
def create_table_optimizer(self: Any) -> str:
    optimizers, kind = _optimizers(self)
    if kind in optimizers:
        raise JsonRESTError("AlreadyExistsException", f"Table optimizer of type {kind} already exists")
    optimizers[kind] = self._get_param("TableOptimizerConfiguration")
    return "{}"


@add(GlueResponse, "get_table_optimizer", "glue GetTableOptimizer")
def get_table_optimizer(self: Any) -> str:
    optimizers, kind = _optimizers(self)
    return json.dumps(
        {
            "CatalogId": self._get_param("CatalogId"),
            "DatabaseName": self._get_param("DatabaseName"),
            "TableName": self._get_param("TableName"),
            "TableOptimizer": {"type": kind, "configuration": _require_optimizer(optimizers, kind)},
        }
    )


@add(GlueResponse, "update_table_optimizer", "glue UpdateTableOptimizer")
def update_table_optimizer(self: Any) -> str:
    optimizers, kind = _optimizers(self)
    _require_optimizer(optimizers, kind)
    optimizers[kind] = self._get_param("TableOptimizerConfiguration")
    return "{}"


@add(GlueResponse, "delete_table_optimizer", "glue DeleteTableOptimizer")
def delete_table_optimizer(self: Any) -> str:
    optimizers, kind = _optimizers(self)
    _require_optimizer(optimizers, kind)
    del optimizers[kind]
    return "{}"


# --- S3 bucket policies ----------------------------------------------------------------------------------------------

@replace(FakeBucket, "get_permission", "s3 bucket policies: statements with conditions are kept, but not enforced")
def get_permission(self: Any, action: str, resource: str) -> Any:
    """moto ignores conditions, so "deny plain HTTP" would deny everything."""
    if not self.policy:
        return PermissionResult.NEUTRAL
    policy = json.loads(self.policy.decode())
    statements = [statement for statement in _listed(policy["Statement"]) if "Condition" not in statement]
    return IAMPolicy(json.dumps({**policy, "Statement": statements})).is_action_permitted(action, resource)


# --- S3 access logs --------------------------------------------------------------------------------------------------


@replace(
    FakeBucket,
    "_log_permissions_enabled_policy",
    "s3 PutBucketLogging: log targets whose policy has lists or a principal of *",
)
@staticmethod
def log_permissions_enabled_policy(target_bucket: Any, target_prefix: Any) -> bool:
    policy = json.loads(target_bucket.policy.decode()) if target_bucket.policy else {"Statement": []}
    log_object = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}/{target_prefix or ''}log"

    def allows(statement: dict[str, Any]) -> bool:
        principal = statement.get("Principal")
        services = _listed(principal.get("Service")) if isinstance(principal, dict) else []
        return (
            statement.get("Effect") == "Allow"
            and LOGGING_SERVICE_PRINCIPAL in services
            and any(fnmatch.fnmatchcase("s3:PutObject", action) for action in _listed(statement.get("Action")))
            and any(fnmatch.fnmatchcase(log_object, resource) for resource in _listed(statement.get("Resource")))
        )

    return any(allows(statement) for statement in policy["Statement"])


# --- S3 notifications and replication: reads must tell all that was written ------------------------------------------

tell_notification = S3Response.get_bucket_notification


@replace(S3Response, "get_bucket_notification", "s3 GetBucketNotificationConfiguration: EventBridge")
def get_bucket_notification(self: Any) -> Any:
    status, headers, body = tell_notification(self)
    held = self.backend.get_bucket_notification_configuration(self.bucket_name)
    if not held or held.event_bridge is None:
        return status, headers, body
    document = xmltodict.parse(body)
    (root,) = document
    document[root] = {**(document[root] or {}), "EventBridgeConfiguration": None}
    return status, headers, xmltodict.unparse(document)


@replace(S3Response, "get_bucket_replication", "s3 GetBucketReplication: filters, delete markers, encrypted objects")
def get_bucket_replication(self: Any) -> Any:
    replication = self.backend.get_bucket_replication(self.bucket_name)
    if not replication:
        raise ReplicationConfigurationNotFoundError(bucket_name=self.bucket_name)
    return 200, {}, xmltodict.unparse({"ReplicationConfiguration": replication})


# --- Lake Formation tags on resources --------------------------------------------------------------------------------


def _tagged(backend: Any, resource: dict[str, Any]) -> list[tuple[dict[Any, Any], tuple[str, ...]]]:
    """Where the backend keeps the tags of a resource: for columns one place each."""
    places: list[tuple[dict[Any, Any], tuple[str, ...]]] = []
    for kind, told in resource.items():
        catalog = told.get("CatalogId", backend.account_id)
        if kind == "Database":
            places.append((backend.lf_database_tags, (catalog, told["Name"])))
        elif kind == "Table":
            places.append((backend.lf_table_tags, (catalog, told["DatabaseName"], told["Name"])))
        elif kind == "TableWithColumns":
            table = (catalog, told["DatabaseName"], told["Name"])
            places.extend((backend.lf_columns_tags, (*table, column)) for column in told["ColumnNames"])
    return places


set_tags = LakeFormationBackend.add_lf_tags_to_resource


@replace(
    LakeFormationBackend,
    "add_lf_tags_to_resource",
    "lakeformation AddLFTagsToResource: keeps the tags that are there",
)
def add_lf_tags_to_resource(self: Any, catalog_id: str, resource: Any, tags: Any) -> Any:
    with LOCK:
        places = _tagged(self, resource)
        before = [list(store.get(place, [])) for store, place in places]
        failures = set_tags(self, catalog_id, resource, tags)
        keys = {tag["TagKey"] for tag in tags}
        for (store, place), held in zip(places, before):
            kept = [tag for tag in held if tag["TagKey"] not in keys]
            store[place] = held if failures else kept + [dict(tag) for tag in tags]
        return failures


# --- Lake Formation permissions --------------------------------------------------------------------------------------

ALL_TABLES = "ALL_TABLES"


def _same_tags(asked: list[Any], held: list[Any]) -> bool:
    def as_set(tags: list[Any]) -> set[Any]:
        return {(tag["TagKey"], frozenset(tag["TagValues"])) for tag in tags}

    return as_set(asked) == as_set(held)


def _meant(resource: dict[str, Any], account: str) -> dict[str, Any]:
    """The resource as AWS tells it: with the account's catalogue where none is named, and a name for all tables."""
    meant = {kind: {"CatalogId": account, **told} for kind, told in resource.items()}
    if "TableWildcard" in meant.get("Table", {}):
        meant["Table"]["Name"] = ALL_TABLES
    return meant


def _parts(resource: dict[str, Any], rights: list[str]) -> list[tuple[dict[str, Any], list[str]]]:
    """AWS keeps SELECT apart, as a right on columns, and every other right on a table as one on the table."""
    kind = next(iter(resource))
    if kind not in ("Table", "TableWithColumns"):
        return [(resource, rights)]
    place = {key: resource[kind][key] for key in ("CatalogId", "DatabaseName", "Name")}
    whole = {"TableWildcard": {}} if place["Name"] == ALL_TABLES else {}
    columns = resource if kind == "TableWithColumns" else {"TableWithColumns": {**place, "ColumnWildcard": {}}}
    select = [right for right in rights if right == "SELECT"]
    others = [right for right in rights if right != "SELECT"]
    return [
        *([(columns, select)] if select else []),
        *([({"Table": {**place, **whole}}, others)] if others else []),
    ]


def _covers(asked: dict[str, Any], held: dict[str, Any]) -> bool:
    """Whether a permission held on a resource belongs to the answer for the resource that was asked for."""
    if "Table" in asked and "TableWithColumns" in held:
        # Permissions on columns are listed with those on their table.
        return all(asked["Table"][key] == held["TableWithColumns"][key] for key in ("DatabaseName", "Name"))
    for kind, wanted in asked.items():
        found = held.get(kind)
        if found is None or wanted["CatalogId"] != found["CatalogId"]:
            return False
        if kind == "LFTagPolicy":
            same_type = wanted["ResourceType"] == found["ResourceType"]
            return same_type and _same_tags(wanted["Expression"], found["Expression"])
        if kind == "LFTag":
            return _same_tags([wanted], [found])
        if wanted != found:
            return False
    return True


grant, revoke = LakeFormationBackend.grant_permissions, LakeFormationBackend.revoke_permissions


@replace(
    LakeFormationBackend,
    "grant_permissions",
    "lakeformation GrantPermissions: the account's catalogue, SELECT kept as a right on columns",
)
def grant_permissions(
    self: Any, catalog_id: str, principal: Any, resource: Any, permissions: Any, permissions_with_grant_options: Any
) -> None:
    with LOCK:
        for part, rights in _parts(_meant(resource, self.account_id), permissions):
            options = [right for right in permissions_with_grant_options or [] if right in rights]
            grant(self, catalog_id, principal, part, rights, options)


@replace(
    LakeFormationBackend,
    "revoke_permissions",
    "lakeformation RevokePermissions: as GrantPermissions, refusal of what was never granted",
)
def revoke_permissions(
    self: Any,
    catalog_id: str,
    principal: Any,
    resource: Any,
    permissions_to_revoke: Any,
    permissions_with_grant_options_to_revoke: Any,
) -> None:
    with LOCK:
        catalog = self.grants.get(catalog_id)
        parts = [
            (part, rights)
            for part, rights in _parts(_meant(resource, self.account_id), permissions_to_revoke)
            if any(held.principal == principal and held.resource == part for held in (catalog.permissions if catalog else ()))
        ]
        if not parts:
            raise InvalidInput("No permissions revoked. Grantee has no permissions on resource.")
        for part, rights in parts:
            options = [right for right in permissions_with_grant_options_to_revoke or [] if right in rights]
            revoke(self, catalog_id, principal, part, rights, options)


RESOURCE_TYPES = {
    "CATALOG": {"Catalog"},
    "DATABASE": {"Database"},
    "TABLE": {"Table", "TableWithColumns"},
    "DATA_LOCATION": {"DataLocation"},
    "LF_TAG": {"LFTag"},
    "LF_TAG_POLICY": {"LFTagPolicy"},
    "LF_TAG_POLICY_DATABASE": {"LFTagPolicy"},
    "LF_TAG_POLICY_TABLE": {"LFTagPolicy"},
}


@replace(
    LakeFormationResponse,
    "list_permissions",
    "lakeformation ListPermissions: columns, all tables of a database, tags and tag policies",
)
def list_permissions(self: Any) -> str:
    account = self._get_param("CatalogId") or self.current_account
    principal = self._get_param("Principal")
    resource = _meant(self._get_param("Resource") or {}, self.current_account)
    kinds = RESOURCE_TYPES.get(self._get_param("ResourceType") or "")
    with LOCK:
        catalog = self.lakeformation_backend.grants.get(account)
        held = [permission.to_external_form() for permission in (catalog.permissions if catalog else [])]
    return json.dumps(
        {
            "PrincipalResourcePermissions": [
                permission
                for permission in held
                if (principal is None or permission["Principal"] == principal)
                and _covers(resource, permission["Resource"])
                and (kinds is None or kinds & set(permission["Resource"]))
            ]
        }
    )


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
    run_simple("127.0.0.1", port, DomainDispatcherApplication(create_backend_app), threaded=True)


if __name__ == "__main__":
    main()
