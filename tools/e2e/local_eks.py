"""EKS as AWS has it: what moto forgets of clusters and node groups, and access entries, add-ons and Pod Identity."""

import json
import os
import re
import time
import uuid
from typing import Any, Callable
from urllib.parse import unquote, urlsplit

import moto.eks.urls as urls
from local_additions import ADDED, LOCK, replace
from moto.ec2.models import ec2_backends
from moto.eks.models import EKSBackend, eks_backends
from moto.eks.responses import EKSResponse

# --- Clusters and node groups ----------------------------------------------------------------------------------------

make_cluster = EKSResponse.create_cluster
drop_cluster = EKSBackend.delete_cluster
make_nodegroup = EKSResponse.create_nodegroup


def _ec2(backend: Any) -> Any:
    return ec2_backends[backend.account_id][backend.region_name]


@replace(EKSResponse, "create_cluster", "eks CreateCluster: keeps access and upgrade policy, makes the security group")
def create_cluster(self: Any) -> Any:
    with LOCK:
        result = make_cluster(self)
        cluster = self.eks_backend.clusters[self._get_param("name")]
        cluster.access_config = self._get_param("accessConfig") or {"authenticationMode": "CONFIG_MAP"}
        cluster.access_config.pop("bootstrapClusterCreatorAdminPermissions", None)
        cluster.upgrade_policy = self._get_param("upgradePolicy") or {"supportType": "EXTENDED"}
        ec2 = _ec2(self.eks_backend)
        vpc = cluster.resources_vpc_config
        vpc["vpcId"] = ec2.get_subnet(vpc["subnetIds"][0]).vpc_id
        group = ec2.create_security_group(
            f"eks-cluster-sg-{cluster.name}", "EKS created security group", vpc_id=vpc["vpcId"]
        )
        vpc["clusterSecurityGroupId"] = group.id
        return result


@replace(EKSBackend, "delete_cluster", "eks DeleteCluster: takes the security group along")
def delete_cluster(self: Any, name: str) -> Any:
    with LOCK:
        cluster = drop_cluster(self, name)
        _ec2(self).delete_security_group(group_id=cluster.resources_vpc_config["clusterSecurityGroupId"])
        return cluster


@replace(EKSResponse, "create_nodegroup", "eks CreateNodegroup: keeps update and repair settings, invents none")
def create_nodegroup(self: Any) -> Any:
    with LOCK:
        result = make_nodegroup(self)
        group = self.eks_backend.clusters[self._get_param("name")].nodegroups[self._get_param("nodegroupName")]
        group.update_config = self._get_param("updateConfig")
        group.node_repair_config = self._get_param("nodeRepairConfig")
        # Where the template says it, or nobody does, AWS says nothing.
        group.remote_access = self._get_param("remoteAccess")
        group.disk_size = self._get_param("diskSize")
        group.instance_types = self._get_param("instanceTypes")
        return result


# --- What belongs to a cluster ---------------------------------------------------------------------------------------

ACCOUNT = os.environ.get("MOTO_ACCOUNT_ID", "123456789012")
Answer = tuple[int, dict[str, Any]]


class Refused(Exception):
    def __init__(self, status: int, code: str, message: str):
        super().__init__(message)
        self.answer = (status, code, message)


def _missing(what: str) -> Refused:
    return Refused(404, "ResourceNotFoundException", f"No {what} found")


def _shelf(cluster: Any, kind: str) -> dict[str, Any]:
    """Kept with the cluster, so that it goes with it."""
    return cluster.__dict__.setdefault(f"local_{kind}", {})


def _held(shelf: dict[str, Any], key: str, what: str) -> Any:
    if key not in shelf:
        raise _missing(what)
    return shelf[key]


def _new(shelf: dict[str, Any], key: str, what: str, value: Any) -> Any:
    if key in shelf:
        raise Refused(409, "ResourceInUseException", f"{what} already exists: {key}")
    now = time.time()
    shelf[key] = {**value, "createdAt": now, "modifiedAt": now}
    return shelf[key]


def _arn(cluster: Any, kind: str, *parts: str) -> str:
    return cluster.arn.replace(":cluster/", f":{kind}/") + "".join(f"/{part}" for part in parts)


def access_entries(cluster: Any, method: str, path: str, body: Any) -> Answer:
    shelf = _shelf(cluster, "access_entries")
    if path == "" and method == "POST":
        principal = body["principalArn"]
        entry = {
            "clusterName": cluster.name,
            "principalArn": principal,
            "kubernetesGroups": body.get("kubernetesGroups", []),
            "accessEntryArn": _arn(cluster, "access-entry", principal.split("/")[-1], str(uuid.uuid4())),
            "tags": body.get("tags", {}),
            "username": body.get("username") or principal,
            "type": body.get("type", "STANDARD"),
        }
        return 200, {"accessEntry": _new(shelf, principal, "access entry", entry)}
    principal, found, policy = path[1:].partition("/access-policies")
    entry = _held(shelf, principal, "access entry")
    if found:
        return access_policies(cluster, entry, method, policy[1:], body)
    if method == "DELETE":
        del shelf[principal]
        return 200, {}
    return 200, {"accessEntry": entry}


def access_policies(cluster: Any, entry: Any, method: str, arn: str, body: Any) -> Answer:
    shelf = _shelf(cluster, f"policies_{entry['principalArn']}")
    told = {"clusterName": cluster.name, "principalArn": entry["principalArn"]}
    if method == "POST":
        now = time.time()
        shelf[body["policyArn"]] = {
            "policyArn": body["policyArn"],
            "accessScope": body["accessScope"],
            "associatedAt": now,
            "modifiedAt": now,
        }
        return 200, {**told, "associatedAccessPolicy": shelf[body["policyArn"]]}
    if method == "DELETE":
        _held(shelf, arn, "access policy")
        del shelf[arn]
        return 200, {}
    return 200, {**told, "associatedAccessPolicies": list(shelf.values())}


def _associate(cluster: Any, namespace: str, told: Any, owner: str | None = None) -> Any:
    shelf = _shelf(cluster, "associations")
    for held in shelf.values():
        if (held["namespace"], held["serviceAccount"]) == (namespace, told["serviceAccount"]):
            raise Refused(409, "ResourceInUseException", f"Association already exists: {held['associationId']}")
    number = f"a-{uuid.uuid4().hex[:17]}"
    value = {
        "clusterName": cluster.name,
        "namespace": namespace,
        "serviceAccount": told["serviceAccount"],
        "roleArn": told["roleArn"],
        "associationArn": _arn(cluster, "podidentityassociation", number),
        "associationId": number,
        "tags": told.get("tags", {}),
        **({"ownerArn": owner} if owner else {}),
    }
    return _new(shelf, number, "association", value)


def pod_identity_associations(cluster: Any, method: str, path: str, body: Any) -> Answer:
    shelf = _shelf(cluster, "associations")
    if path == "":
        if method == "POST":
            return 200, {"association": _associate(cluster, body["namespace"], body)}
        return 200, {"associations": list(shelf.values())}
    association = _held(shelf, path[1:], "association")
    if method == "DELETE":
        del shelf[path[1:]]
    return 200, {"association": association}


def addons(cluster: Any, method: str, path: str, body: Any) -> Answer:
    shelf = _shelf(cluster, "addons")
    if path == "":
        if method != "POST":
            return 200, {"addons": list(shelf)}
        name = body["addonName"]
        if name in shelf:
            raise Refused(409, "ResourceInUseException", f"Addon already exists: {name}")
        arn = _arn(cluster, "addon", name, str(uuid.uuid4()))
        given = body.get("podIdentityAssociations", [])
        addon = {
            "addonName": name,
            "clusterName": cluster.name,
            "status": "ACTIVE",
            "addonVersion": body.get("addonVersion", "v1.0.0-eksbuild.1"),
            "health": {"issues": []},
            "addonArn": arn,
            "tags": body.get("tags", {}),
            "configurationValues": body.get("configurationValues"),
            "podIdentityAssociations": [
                _associate(cluster, "kube-system", told, arn)["associationArn"] for told in given
            ],
        }
        return 200, {"addon": _new(shelf, name, "addon", addon)}
    addon = _held(shelf, path[1:], "addon")
    if method == "DELETE":
        del shelf[path[1:]]
        for arn in addon["podIdentityAssociations"]:
            _shelf(cluster, "associations").pop(arn.split("/")[-1], None)
        return 200, {"addon": {**addon, "status": "DELETING"}}
    return 200, {"addon": addon}


KINDS: dict[str, Callable[[Any, str, str, Any], Answer]] = {
    "access-entries": access_entries,
    "addons": addons,
    "pod-identity-associations": pod_identity_associations,
}
PATH = re.compile(r"^/clusters/([^/]+)/(access-entries|addons|pod-identity-associations)(/.*)?$")


def answer(request: Any, full_url: str, headers: Any) -> tuple[int, dict[str, str], str]:
    name, kind, rest = PATH.match(unquote(urlsplit(full_url).path)).groups()  # type: ignore[union-attr]
    region = re.search(r"Credential=[^/]+/\d+/([^/]+)/eks/", request.headers.get("Authorization", ""))
    body = json.loads(request.get_data() or b"{}")
    with LOCK:
        try:
            clusters = eks_backends[ACCOUNT][region.group(1) if region else "us-east-1"].clusters
            status, told = KINDS[kind](_held(clusters, name, "cluster"), request.method, rest or "", body)
            return status, {"Content-Type": "application/json"}, json.dumps(told)
        except Refused as refused:
            status, code, message = refused.answer
            told = {"message": message}
            return status, {"Content-Type": "application/json", "x-amzn-errortype": code}, json.dumps(told)


for each in KINDS:
    urls.url_paths["{0}/clusters/(?P<name>[^/]+)/" + each + "(?P<rest>.*)$"] = answer
    ADDED.append(f"eks {each}")
