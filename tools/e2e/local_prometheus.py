"""Amazon Managed Prometheus as AWS has it: a workspace keeps its key."""

import json
from typing import Any

from local_additions import replace
from moto.amp.models import Workspace
from moto.amp.responses import PrometheusServiceResponse

create_before = PrometheusServiceResponse.create_workspace
told_before = Workspace.to_dict


@replace(PrometheusServiceResponse, "create_workspace", "amp CreateWorkspace: keeps the key")
def create_workspace(self: Any) -> str:
    answer: str = create_before(self)
    workspace = self.amp_backend.workspaces[json.loads(answer)["workspaceId"]]
    workspace.kms_key_arn = json.loads(self.body).get("kmsKeyArn")
    return answer


@replace(Workspace, "to_dict", "amp DescribeWorkspace: tells the key")
def to_dict(self: Any) -> dict[str, Any]:
    told: dict[str, Any] = told_before(self)
    key = getattr(self, "kms_key_arn", None)
    return {**told, "kmsKeyArn": key} if key else told
