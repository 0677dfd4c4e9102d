"""Lake Formation as AWS has it: tags that add up, permissions on columns, tags and tag policies."""

import json
from typing import Any

from local_additions import LOCK, replace
from moto.lakeformation.exceptions import InvalidInput
from moto.lakeformation.models import LakeFormationBackend
from moto.lakeformation.responses import LakeFormationResponse

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


def _rehash(self: Any, catalog_id: str) -> None:
    """moto keeps permissions in a set by a hash that a second grant changes; without this it would not find them again."""
    if catalog_id in self.grants:
        catalog = self.grants[catalog_id]
        catalog.permissions = set(list(catalog.permissions))


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
            _rehash(self, catalog_id)


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
            _rehash(self, catalog_id)
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
