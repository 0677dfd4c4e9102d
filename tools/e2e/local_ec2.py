"""EC2 as AWS has it: descriptions of rules for groups and prefix lists, tags of launch templates."""

from typing import Any

from local_additions import LOCK, replace
from moto.ec2.models.launch_templates import LaunchTemplateBackend
from moto.ec2.responses.security_groups import SecurityGroups

make_template = LaunchTemplateBackend.create_launch_template


@replace(
    LaunchTemplateBackend,
    "create_launch_template",
    "ec2 CreateLaunchTemplate: tags of the template itself are not those of what it launches",
)
def create_launch_template(self: Any, name: str, description: str, template_data: Any, tag_spec: Any) -> Any:
    told = template_data.get("TagSpecifications")
    if told is not None:
        template_data["TagSpecifications"] = [
            each for each in told if each["ResourceType"] != "launch-template"
        ]
    return make_template(self, name, description, template_data, tag_spec)


def _keep_descriptions(method: str) -> None:
    authorize = getattr(SecurityGroups, method)
    told = f"ec2 {''.join(part.title() for part in method.split('_'))}: keeps descriptions of rules for groups and prefix lists"

    @replace(SecurityGroups, method, told)
    def with_descriptions(self: Any) -> Any:
        with LOCK:
            result = authorize(self)
            rules = result.result["SecurityGroupRules"]
            pairs = [
                pair
                for permission in self._get_param("IpPermissions", [])
                for kind in ("UserIdGroupPairs", "PrefixListIds")
                for pair in permission.get(kind, [])
            ]
            for rule, pair in zip(rules, pairs):
                if "Description" in pair:
                    rule.ip_range["Description"] = pair["Description"]
            return result


for each in ("authorize_security_group_ingress", "authorize_security_group_egress"):
    _keep_descriptions(each)
