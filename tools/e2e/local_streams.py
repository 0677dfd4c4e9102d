"""Tags that moto forgets when a stream of Kinesis or a registry of Glue is made with them."""

from typing import Any

from local_additions import replace
from moto.glue.responses import GlueResponse
from moto.kinesis.responses import KinesisResponse

_create_stream = KinesisResponse.create_stream
_create_registry = GlueResponse.create_registry


@replace(KinesisResponse, "create_stream", "kinesis CreateStream: keeps tags")
def create_stream(self: Any) -> Any:
    answer = _create_stream(self)
    tags = self._get_param("Tags")
    if tags:
        self.kinesis_backend.add_tags_to_stream(None, self._get_param("StreamName"), tags)
    return answer


@replace(GlueResponse, "create_registry", "glue CreateRegistry: keeps tags")
def create_registry(self: Any) -> Any:
    answer = _create_registry(self)
    tags = self._get_param("Tags")
    if tags:
        registry = self.glue_backend.registries[self._get_param("RegistryName")]
        self.glue_backend.tag_resource(registry.registry_arn, tags)
    return answer
