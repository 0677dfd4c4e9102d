"""CloudWatch as AWS has it: composite alarms, which moto can keep and tell but not be given."""

from typing import Any

from local_additions import add
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult


@add(CloudWatchResponse, "put_composite_alarm", "cloudwatch PutCompositeAlarm")
def put_composite_alarm(self: Any) -> ActionResult:
    answer: ActionResult = self.put_metric_alarm()
    return answer
