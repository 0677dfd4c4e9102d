import { Release } from "@cdktf/provider-helm/lib/release";
import { type ITerraformDependable, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import { checkComponentFacts, checkVersion, RELEASE_NAME, TIMEOUT_SECONDS } from "./chart-checks";
import type { ComponentFacts } from "./component-facts";
import { guardComponents } from "./component-guard";
import { KubernetesErrors } from "./errors";
import { mergeValues, valuesText } from "./helm-values";
import { recordComponent, requirementsOf } from "./installed-component";
import { DNS_LABEL } from "./metadata";
import { guardPhases } from "./phase-guard";

export interface HelmComponentProps {
  /** A row of `COMPONENTS`, or `component({...})` for a chart that the table does not have. */
  readonly component: ComponentFacts;
  /** 1 to 53 characters, unique in the namespace. @default - the name of the component */
  readonly releaseName?: string;
  /** May be a token, which then orders the release after the namespace. @default - the namespace of the component */
  readonly namespace?: string;
  /**
   * Let Helm make the namespace if it is not there. Helm never deletes it and puts no labels on it: charts with
   * privileged pods need a `Namespace` of this library where Pod Security is enforced.
   * @default - true, unless `namespace` is a token: then something else makes it
   */
  readonly createNamespace?: boolean;
  /** Exact chart version, written as published. @default - the version of the component */
  readonly version?: string;
  /**
   * Chart values, merged over those of the component: objects key by key, lists and scalars as a whole; `null`
   * removes a value of the chart. May hold tokens. Never put secrets here: values end up in the state.
   * @default - the values of the component
   */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Seconds for each Kubernetes operation of the release. @default - the timeout of the component */
  readonly timeoutSeconds?: number;
  /** Do not install the CRDs in the chart's crds/ folder. Refused where the chart has no such folder. @default false */
  readonly skipCrds?: boolean;
  /** Wait for the chart's jobs too. Refused where `component.wait` is `false`. @default - as the component needs it */
  readonly waitForJobs?: boolean;
  /**
   * Undo a failed installation or upgrade. Resources of a failed one are then gone, logs included. Refused where
   * `component.wait` is `false`, because it waits.
   * @default false
   */
  readonly atomic?: boolean;
  /**
   * Requirements of the component (`requires`, `crdChart`) that need no release in this app: the cluster has them
   * already, or the values make them needless.
   * @default - none
   */
  readonly alreadyInstalled?: readonly string[];
  /** @default - only what the tokens in the values say */
  readonly dependsOn?: ITerraformDependable[];
}

/**
 * One chart, installed as a Helm release: exact version, a timeout that suits it, and values as deterministic text.
 * Terraform waits until everything that the chart makes is ready, unless `component.wait` is `false`: then for the hooks
 * of the chart only.
 *
 * A release that installs definitions (`component.apiGroups`) belongs in an earlier stack than the objects of those
 * kinds. Components that exclude each other, or miss one that they require, are refused at synth.
 *
 * Terraform resource types: `helm_release`.
 *
 * @throws InvalidName, ChartVersionNotExact, ChartVersionPrefix, InvalidChartRepository, NumberOutOfRange,
 *   SkipCrdsWithoutEffect, WaitNeverEnds, NotRequiredByComponent, NotPlainData, TokenNotAllowed; at synth ComponentConflict,
 *   ComponentRequirementMissing, KubernetesObjectBesideItsCluster, CustomResourceBesideItsOperator
 */
export class HelmComponent extends Construct {
  readonly release: Release;
  readonly component: ComponentFacts;
  readonly namespace: string;
  readonly releaseName: string;

  constructor(scope: Construct, id: string, props: HelmComponentProps) {
    super(scope, id);
    const { component } = props;
    this.component = component;
    this.releaseName = props.releaseName ?? component.name;
    this.namespace = props.namespace ?? component.namespace;
    const version = props.version ?? component.version;
    const timeout = props.timeoutSeconds ?? component.timeoutSeconds;

    const problems = new Problems(this.node.path);
    checkComponentFacts(problems, component);
    checkVersion(problems, version, component);
    problems.name("releaseName", this.releaseName, RELEASE_NAME);
    if (!isToken(this.namespace)) {
      problems.name("namespace", this.namespace, DNS_LABEL);
    }
    problems.integer("timeoutSeconds", timeout, TIMEOUT_SECONDS);
    this.checkSwitches(problems, props);
    const values = mergeValues(component.values ?? {}, props.values ?? {});
    const text = valuesText(problems, values);
    problems.throwIfAny();

    this.release = new Release(this, "release", {
      name: this.releaseName,
      repository: component.repository,
      chart: component.chart,
      version,
      namespace: this.namespace,
      createNamespace: props.createNamespace ?? !isToken(this.namespace),
      timeout,
      values: text === undefined ? undefined : [text],
      skipCrds: props.skipCrds,
      wait: component.wait,
      waitForJobs: props.waitForJobs ?? component.waitForJobs,
      atomic: props.atomic,
      dependsOn: props.dependsOn,
    });
    recordComponent(this, {
      facts: component,
      values,
      skipCrds: props.skipCrds ?? false,
      alreadyInstalled: props.alreadyInstalled ?? [],
    });
    const stack = TerraformStack.of(this);
    guardPhases(stack);
    guardComponents(stack);
  }

  private checkSwitches(problems: Problems, props: HelmComponentProps): void {
    if (props.skipCrds && this.component.crds !== "crds-directory") {
      problems.add(KubernetesErrors.SkipCrdsWithoutEffect, {
        subject: "skipCrds",
        given: true,
        allowed: `skipCrds only for charts with a crds/ folder; ${this.component.name}: ${this.component.crds}`,
      });
    }
    if (this.component.wait === false) {
      const { atomic, waitForJobs = this.component.waitForJobs } = props;
      for (const [subject, given] of Object.entries({ atomic, waitForJobs }).filter(([, on]) => on)) {
        problems.add(KubernetesErrors.WaitNeverEnds, { subject, given, allowed: "nothing or false" });
      }
    }
    const required = requirementsOf(this.component);
    for (const name of (props.alreadyInstalled ?? []).filter((entry) => !required.includes(entry))) {
      problems.add(KubernetesErrors.NotRequiredByComponent, {
        subject: "alreadyInstalled",
        given: name,
        allowed: required.length === 0 ? "nothing: the component requires none" : required.join(", "),
      });
    }
  }
}
