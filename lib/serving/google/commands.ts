import { stableJson } from "../../core/json";
import { fingerprint, resourceName } from "../../core/naming";
import { isToken } from "../../core/tokens";
import { COMMAND, CONTAINER, containerArgs, scalingOf } from "./container";
import type { ResolvedVertex } from "./plan";
import type { VertexEndpointProps } from "./props";

/** Of a model. Source: models.upload in the API of Vertex AI, modelId (read 2026-11) */
const MODEL_ID_LENGTH = 63;

/** What the requests need to know of resources; may be tokens. */
export interface CommandFacts {
  /** Name of the endpoint and of the model. */
  readonly name: string;
  /** Digits. */
  readonly endpointId: string;
  readonly serviceAccount: string;
  readonly kmsKey: string;
}

/**
 * The two calls that upload a model and put it onto the endpoint, with all requests, in the words of a shell. After a change they
 * are made again: the new model, whose id follows from its content, takes all requests beside the old one, which is then taken
 * away by `gcloud ai endpoints undeploy-model`.
 *
 * Source: models.upload and endpoints.deployModel in the API of Vertex AI, v1 (read 2026-11)
 */
export function deployCommands(
  props: VertexEndpointProps,
  resolved: ResolvedVertex,
  { name, endpointId, serviceAccount, kmsKey }: CommandFacts,
): string {
  const { site, image, model } = props;
  const parent = `projects/${site.project}/locations/${site.region}`;
  const container = {
    imageUri: image,
    command: COMMAND,
    args: containerArgs(model, resolved),
    ports: [{ containerPort: CONTAINER.port }],
    predictRoute: CONTAINER.predictRoute,
    healthRoute: CONTAINER.healthRoute,
  };
  const content = fingerprint(stableJson([image, container.args.filter((each) => !isToken(each))]));
  const modelId = resourceName([name, content], { maxLength: MODEL_ID_LENGTH });
  const upload = {
    modelId,
    model: { displayName: name, containerSpec: container, encryptionSpec: { kmsKeyName: kmsKey } },
  };
  const deploy = {
    deployedModel: {
      model: `${parent}/models/${modelId}`,
      displayName: modelId,
      serviceAccount,
      dedicatedResources: scalingOf(props, resolved),
    },
    // "0" is the model that this call deploys.
    trafficSplit: { "0": 100 },
  };
  const call = (path: string, body: unknown) =>
    [
      `curl -fsS -X POST "https://${site.region}-aiplatform.googleapis.com/v1/${parent}/${path}"`,
      '-H "Authorization: Bearer $(gcloud auth print-access-token)" -H "Content-Type: application/json"',
      `-d '${stableJson(body)}'`,
    ].join(" \\\n  ");
  return [
    call("models:upload", upload),
    "# Wait until the operation that it names is done.",
    call(`endpoints/${endpointId}:deployModel`, deploy),
    "",
  ].join("\n");
}
