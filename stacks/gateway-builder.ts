import type { Problems } from "../lib/core/problems";
import type { PlatformGateway, PlatformGatewayProps } from "./gateway-props";
import type { PlatformContext } from "./platform-context";
import { withPeer } from "./providers";

export function buildGateway(
  problems: Problems,
  platform: PlatformContext,
  id: string,
  props: PlatformGatewayProps,
): PlatformGateway {
  platform.site(props.at);
  const { compile } = withPeer(
    "KubernetesAiGateway",
    "kubernetes",
    () => require("./compilers/gateway") as typeof import("./compilers/gateway"),
  );
  return { name: id, site: props.at, gateway: compile(problems, platform, id, props) };
}
