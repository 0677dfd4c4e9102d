"""Glue table optimizers, and what S3 must keep and tell of a hardened bucket."""

import fnmatch
import json
from typing import Any

import xmltodict
from local_additions import add, listed, replace
from moto.core.exceptions import JsonRESTError
from moto.glue.responses import GlueResponse
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.exceptions import ReplicationConfigurationNotFoundError
from moto.s3.models import LOGGING_SERVICE_PRINCIPAL, FakeBucket
from moto.s3.responses import S3Response

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
    statements = [statement for statement in listed(policy["Statement"]) if "Condition" not in statement]
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
        services = listed(principal.get("Service")) if isinstance(principal, dict) else []
        return (
            statement.get("Effect") == "Allow"
            and LOGGING_SERVICE_PRINCIPAL in services
            and any(fnmatch.fnmatchcase("s3:PutObject", action) for action in listed(statement.get("Action")))
            and any(fnmatch.fnmatchcase(log_object, resource) for resource in listed(statement.get("Resource")))
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
