import type { App } from "cdktf";
import type { PlacedEndpointProps, PlacedVariant } from "../../stacks";
import { chat } from "../serving/fixture";
import { image } from "../serving/kubernetes/support";
import { CHAT, CLUSTERS, endpointProps, PICKER, platformOf, USERS, VARIANT } from "../stacks/placed-fixture";
import { noDeadPropsIn, programOutcome } from "./support";

function placed(app: App, props: PlacedEndpointProps): void {
  const platform = platformOf(undefined, {}, app);
  platform.addEndpoint("assistant", props);
  platform.addCluster("hall", CLUSTERS.frankfurt);
  platform.addCluster("cloud", CLUSTERS.stockholm);
}

noDeadPropsIn<PlacedEndpointProps>(
  "PlacedEndpointProps",
  (props) => programOutcome(placed, props),
  endpointProps(),
  {
    classes: { to: [[chat({ requestsPerSecond: 60 })]], refused: [[[], "MissingValue"]] },
    variants: { to: [[{ ...VARIANT, name: "other" }]], refused: [[[], "MissingValue"]] },
    placement: {
      to: [{ users: USERS, purchase: ["on-demand"] }],
      refused: [[{ users: [{ name: "mars", share: 1, rttMs: { mars: 4 } }] }, "NotOneOf"]],
    },
    at: {
      to: [
        {
          frankfurt: { ...PICKER, variants: { full: { engine: { image: image("nearer") } } } },
          stockholm: PICKER,
        },
      ],
      refused: [
        [{ frankfurt: PICKER, stockholm: PICKER, mars: PICKER }, "UnknownSite"],
        [{ frankfurt: PICKER, stockholm: PICKER, oslo: PICKER }, "SiteWithoutModel"],
        [{ frankfurt: { ...PICKER, variants: { none: {} } }, stockholm: PICKER }, "NotOneOf"],
      ],
    },
  },
);

type Own = Pick<PlacedVariant, "sizedFor" | "sizing" | "accelerators" | "placement">;

noDeadPropsIn<Own>(
  "PlacedVariant, beside those of KubernetesVariantProps",
  (own) =>
    programOutcome(
      placed,
      endpointProps({
        classes: [CHAT, chat({ requestsPerSecond: 60 }, "night")],
        variants: [{ ...VARIANT, ...own }],
      }),
    ),
  {},
  {
    sizedFor: { to: [["night"]], refused: [[["none"], "NotOneOf"]] },
    sizing: { to: [{ spareReplicas: 3 }] },
    accelerators: { to: [["h200"]], refused: [[["b200"], "NotOneOf"]] },
    placement: { to: [{ purchase: ["on-demand"] }] },
  },
);
