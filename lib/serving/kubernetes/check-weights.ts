import { CoreErrors } from "../../core/errors";
import type { NameRule, Problems } from "../../core/problems";
import { OBJECT_NAME } from "../../kubernetes/metadata";
import { KubernetesServingErrors } from "./errors";
import { checkImage, PATH } from "./value-rules";
import type { ResolvedVariant } from "./variant";

const HTTPS: NameRule = {
  pattern: /^https:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/,
  maxLength: 300,
  form: "https://host[:port]",
};

/** Reports weights that cannot come to the engine in the way that was chosen. */
export function checkWeightsWay(problems: Problems, at: string, { props, cache }: ResolvedVariant): void {
  const { weights, adapters } = props.model;
  const kinds = new Set([weights, ...adapters.map((adapter) => adapter.weights)].map(({ kind }) => kind));
  const noWay = (subject: string, given: string, allowed: string) =>
    problems.add(KubernetesServingErrors.NoEngineForWeights, { subject, given, allowed });
  if (!problems.oneOf(`${at}.cache.kind`, cache.kind, ["stream", "pod-disk", "claim"])) {
    return;
  }
  if (weights.kind === "oci" && props.cache !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: `${at}.cache`,
      given: cache.kind,
      allowed: "nothing: the kubelet keeps images on the node",
    });
  }
  if (cache.kind === "stream" && weights.kind === "hub") {
    noWay(`${at}.cache`, "stream", "pod-disk or claim, for weights of a hub");
  }
  if (cache.kind === "claim") {
    problems.name(`${at}.cache.claimName`, cache.claimName, OBJECT_NAME);
    problems.name(`${at}.cache.path`, cache.path, PATH);
  }
  const fetchImage = cache.kind === "pod-disk" ? cache.fetchImage : undefined;
  const adaptersInStorage = adapters.some((adapter) => adapter.weights.kind === "object-storage");
  const fetches = adaptersInStorage || (cache.kind === "pod-disk" && weights.kind === "object-storage");
  if (fetches && cache.kind !== "pod-disk") {
    noWay(`${at}.cache`, cache.kind, "pod-disk with fetchImage, where adapters are in object storage");
  } else if (fetches) {
    checkImage(problems, `${at}.cache.fetchImage`, fetchImage);
  } else if (fetchImage !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: `${at}.cache.fetchImage`,
      given: fetchImage,
      allowed: "nothing, without weights in object storage",
    });
  }
  checkStorage(problems, at, props.objectStorage, kinds.has("object-storage"));
}

function checkStorage(
  problems: Problems,
  at: string,
  storage: ResolvedVariant["props"]["objectStorage"],
  used: boolean,
): void {
  if (storage === undefined) {
    return;
  }
  if (!used) {
    problems.add(CoreErrors.NoEffect, {
      subject: `${at}.objectStorage`,
      given: storage,
      allowed: "nothing, without weights in object storage",
    });
  }
  if (storage.endpoint !== undefined) {
    problems.name(`${at}.objectStorage.endpoint`, storage.endpoint, HTTPS);
  }
  if (storage.credentialsSecret !== undefined) {
    problems.name(`${at}.objectStorage.credentialsSecret`, storage.credentialsSecret, OBJECT_NAME);
  }
}
