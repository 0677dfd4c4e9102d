"""SQS as AWS has it: a policy of dead letters is read back as compact as it is written."""

import json
from typing import Any

from local_additions import replace
from moto.sqs.models import Queue

attributes_of = Queue.attributes.fget


@replace(Queue, "attributes", "sqs GetQueueAttributes: RedrivePolicy without spaces")
@property
def attributes(self: Any) -> dict[str, Any]:
    told: dict[str, Any] = attributes_of(self)
    if self.redrive_policy:
        told["RedrivePolicy"] = json.dumps(self.redrive_policy, separators=(",", ":"))
    return told
