import { CoreErrors } from "../../core/errors";
import { checkKeyChoice } from "../../core/google-key";
import type { NameRule, Problems } from "../../core/problems";
import { isToken } from "../../core/tokens";
import { checkList } from "../../fabric/untyped";
import { checkKubernetesVersion } from "../versions";
import { GoogleClusterErrors } from "./errors";
import { checkClusterName } from "./names";
import type { GpuDriver } from "./node-pool-config";
import {
  CSI_DRIVERS,
  EXCLUSION_SCOPES,
  type GoogleClusterProps,
  LOGGING_COMPONENTS,
  MONITORING_COMPONENTS,
  RELEASE_CHANNELS,
} from "./props";
import { checkZones } from "./zones";

/** 1.30 went from the Extended channel, which keeps versions longest. */
const OLDEST_GKE = {
  version: "1.31",
  source: "https://docs.cloud.google.com/kubernetes-engine/docs/release-notes-extended, read 2026-11-24",
};
const TIME: NameRule = {
  pattern: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/,
  maxLength: 20,
  form: "a time such as 2026-12-24T00:00:00Z",
};
const RECURRENCE: NameRule = {
  pattern: /^FREQ=(DAILY|WEEKLY)(;[A-Z]+=[A-Z0-9,+-]+)*$/,
  maxLength: 200,
  form: "a recurrence of RFC 5545 such as FREQ=WEEKLY;BYDAY=SA,SU",
};
const EXCLUSION_NAME: NameRule = {
  pattern: /^[a-z][a-z0-9-]*[a-z0-9]$/,
  maxLength: 63,
  form: "2 to 63 lower-case letters, digits and hyphens",
};
const MOST_EXCLUSIONS = 20;
const DRIVERS: readonly GpuDriver[] = ["DEFAULT", "LATEST", "INSTALLATION_DISABLED"];

/** First provider with `accelerator_network_profile`. Source: changelog of hashicorp/google 7.31.0 (2026-05-05) */
const PROFILE_SINCE = [7, 31, 0] as const;
/** Source: github.com/GoogleCloudPlatform/cluster-toolkit modules/compute/gke-node-pool/main.tf (read 2026-11-20) */
const PROFILE_GKE = "1.34";

function checkMaintenance(problems: Problems, props: GoogleClusterProps): void {
  const { maintenanceWindow: window, maintenanceExclusions: exclusions = [] } = props;
  if (window !== undefined) {
    problems.name("maintenanceWindow.startTime", window.startTime, TIME);
    problems.name("maintenanceWindow.endTime", window.endTime, TIME);
    problems.name("maintenanceWindow.recurrence", window.recurrence, RECURRENCE);
  }
  problems.integer("maintenanceExclusions (number)", exclusions.length, { min: 0, max: MOST_EXCLUSIONS });
  for (const exclusion of exclusions) {
    const subject = `maintenance exclusion "${exclusion.name}"`;
    problems.name(`${subject} name`, exclusion.name, EXCLUSION_NAME);
    problems.name(`${subject} startTime`, exclusion.startTime, TIME);
    problems.name(`${subject} endTime`, exclusion.endTime, TIME);
    if (exclusion.scope !== undefined) {
      problems.oneOf(`${subject} scope`, exclusion.scope, EXCLUSION_SCOPES);
    }
  }
  problems.unique(
    "maintenanceExclusions",
    exclusions.map(({ name }) => name),
  );
}

function checkObservability(problems: Problems, props: GoogleClusterProps): void {
  const { logging = [], monitoring = [] } = props;
  for (const component of logging) {
    problems.oneOf("logging", component, LOGGING_COMPONENTS);
  }
  for (const component of monitoring) {
    problems.oneOf("monitoring", component, MONITORING_COMPONENTS);
  }
  problems.unique("logging", logging);
  problems.unique("monitoring", monitoring);
  const collected = monitoring.filter((component) => component === "DCGM" || component === "JOBSET");
  if (props.managedPrometheus === false && (props.monitoring === undefined || collected.length > 0)) {
    problems.add(CoreErrors.NoEffect, {
      subject: "managedPrometheus",
      given: false,
      allowed: "true, or monitoring without DCGM and JOBSET, whose metrics its collectors take",
    });
  }
}

/** Whether a version is at least another, part by part. */
function isAtLeast(version: readonly number[], least: readonly number[]): boolean {
  const at = least.findIndex((part, index) => part !== (version[index] ?? 0));
  return at === -1 || (version[at] ?? 0) > least[at]!;
}

function checkNetworkProfile(problems: Problems, props: GoogleClusterProps, version: string): void {
  const given = props.acceleratorNetworkProfile?.googleProviderVersion;
  if (props.acceleratorNetworkProfile === undefined) {
    return;
  }
  const subject = "acceleratorNetworkProfile.googleProviderVersion";
  const form = { pattern: /^\d+\.\d+\.\d+$/, maxLength: 16, form: "a version such as 7.31.0" };
  if (
    problems.name(subject, given as string, form) &&
    !isAtLeast(given!.split(".").map(Number), PROFILE_SINCE)
  ) {
    problems.add(GoogleClusterErrors.NewerProviderNeeded, {
      subject,
      given,
      allowed: `${PROFILE_SINCE.join(".")} or later, which has accelerator_network_profile`,
    });
  }
  if (!isAtLeast(version.split(".").map(Number), PROFILE_GKE.split(".").map(Number))) {
    problems.add(GoogleClusterErrors.MachineNeedsNewerGke, {
      subject: "acceleratorNetworkProfile",
      given: `kubernetesVersion ${version}`,
      allowed: `${PROFILE_GKE} or later: GKE has it since 1.34.1-gke.1829001`,
    });
  }
}

/** Everything about the cluster's props but its pools. */
export function checkClusterProps(problems: Problems, props: GoogleClusterProps, version: string): void {
  checkClusterName(problems, props.namePrefix);
  checkKubernetesVersion(problems, version, OLDEST_GKE);
  if (checkList(problems, "zones", props.zones, "a list of names of zones")) {
    problems.required("zones", props.zones?.[0], "one zone or more");
    checkZones(problems, "zones", props.zones ?? [], props.site.region);
    problems.unique("zones", props.zones ?? []);
  }
  problems.oneOf("releaseChannel", props.releaseChannel ?? "REGULAR", RELEASE_CHANNELS);
  problems.oneOf("securityPosture", props.securityPosture ?? "BASIC", ["BASIC", "DISABLED"]);
  problems.oneOf("autoscalingProfile", props.autoscalingProfile ?? "BALANCED", [
    "BALANCED",
    "OPTIMIZE_UTILIZATION",
  ]);
  problems.oneOf("gpuDriver", props.gpuDriver ?? "DEFAULT", DRIVERS);
  for (const driver of props.csiDrivers ?? []) {
    problems.oneOf("csiDrivers", driver, CSI_DRIVERS);
  }
  problems.unique("csiDrivers", props.csiDrivers ?? []);
  for (const { cidrBlock } of props.authorizedNetworks ?? []) {
    problems.cidr("authorizedNetworks", cidrBlock);
  }
  const { network } = props;
  for (const name of ["networkName", "subnetworkName", "podsRangeName", "servicesRangeName"] as const) {
    problems.required(`network.${name}`, network?.[name], "a name");
  }
  for (const range of ["nodesCidr", "podsCidr", "servicesCidr"] as const) {
    if (problems.required(`network.${range}`, network?.[range], "a range") && !isToken(network[range])) {
      problems.cidr(`network.${range}`, network[range]);
    }
  }
  checkKeyChoice(problems, props.site, props, "the cluster");
  checkMaintenance(problems, props);
  checkObservability(problems, props);
  checkNetworkProfile(problems, props, version);
}
