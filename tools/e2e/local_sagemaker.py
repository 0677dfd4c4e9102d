"""SageMaker and its scaling as AWS has them: newer instance types, deployment configurations, tags of targets."""

import json
from typing import Any

from local_additions import add, replace
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.responses import ActionResult
from moto.sagemaker.models import FakeEndpointConfig, ValidationError
from moto.sagemaker.responses import SageMakerResponse

create_model_before = SageMakerResponse.create_model
create_endpoint_before = SageMakerResponse.create_endpoint
describe_config_before = SageMakerResponse.describe_endpoint_config


@replace(SageMakerResponse, "create_model", "sagemaker CreateModel: keeps network isolation")
def create_model(self: Any) -> ActionResult:
    result = create_model_before(self)
    model = self.sagemaker_backend._models[self._get_param("ModelName")]
    model.enable_network_isolation = bool(self._get_param("EnableNetworkIsolation"))
    return result


@replace(
    SageMakerResponse,
    "describe_endpoint_config",
    "sagemaker DescribeEndpointConfig: no capture where none was asked for",
)
def describe_endpoint_config(self: Any) -> ActionResult:
    answer = describe_config_before(self)
    told = {name: value for name, value in answer.result.items() if name != "DataCaptureConfig" or value}
    return ActionResult(told)


@replace(FakeEndpointConfig, "validate_instance_type", "sagemaker CreateEndpointConfig: instance types after 2021")
def validate_instance_type(self: Any, instance_type: str) -> None:
    if not instance_type.startswith("ml."):
        raise ValidationError(message=f"Value '{instance_type}' at 'instanceType' is no instance type")


@replace(SageMakerResponse, "create_endpoint", "sagemaker CreateEndpoint: keeps the deployment configuration")
def create_endpoint(self: Any) -> ActionResult:
    result = create_endpoint_before(self)
    endpoint = self.sagemaker_backend.endpoints[self._get_param("EndpointName")]
    endpoint.last_deployment_config = self._get_param("DeploymentConfig")
    return result


register_before = ApplicationAutoScalingResponse.register_scalable_target


@replace(
    ApplicationAutoScalingResponse,
    "register_scalable_target",
    "application-autoscaling RegisterScalableTarget: keeps tags",
)
def register_scalable_target(self: Any) -> str:
    answer: str = register_before(self)
    tags = self._get_param("Tags")
    if tags is not None:
        kept = self.applicationautoscaling_backend.__dict__.setdefault("tags_by_arn", {})
        kept[json.loads(answer)["ScalableTargetARN"]] = tags
    return answer


@add(
    ApplicationAutoScalingResponse,
    "list_tags_for_resource",
    "application-autoscaling ListTagsForResource",
)
def list_tags_for_resource(self: Any) -> str:
    kept = self.applicationautoscaling_backend.__dict__.get("tags_by_arn", {})
    return json.dumps({"Tags": kept.get(self._get_param("ResourceARN"), {})})
