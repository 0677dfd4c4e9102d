/** How the custom resource definitions of a chart get into the cluster, and who upgrades them. */
export type CrdDelivery =
  /** The chart's crds/ folder: Helm installs them once, and never upgrades or deletes them. */
  | "crds-directory"
  /** Templates of the chart: upgraded with it, and deleted with it unless the chart says to keep them. */
  | "templates"
  /** Another chart, named in `crdChart`, that is installed before. */
  | "chart-of-its-own"
  /** The chart brings no definitions. */
  | "none";

/** What the library knows about one Helm chart. */
export interface ComponentFacts {
  /** Unique in the table; the default release name. */
  readonly name: string;
  /** `https://…` of a repository with an index, or `oci://host/path` without the name of the chart. */
  readonly repository: string;
  readonly chart: string;
  /** Exact, written as published: with a leading v only where the publisher writes one. */
  readonly version: string;
  /** Where the project's documentation installs it. */
  readonly namespace: string;
  /** Seconds that a slow cluster may take until everything is ready. */
  readonly timeoutSeconds: number;
  readonly crds: CrdDelivery;
  /** Name of the component that brings the definitions. Only with `crds: "chart-of-its-own"`. */
  readonly crdChart?: string;
  /** API groups of the kinds that this chart defines. @default - none */
  readonly apiGroups?: readonly string[];
  /** Values without which the chart does not work under Terraform. @default - none */
  readonly values?: Readonly<Record<string, unknown>>;
  /**
   * Helm waits until everything that the chart makes is ready. `false` for a chart whose pods wait for a hook that Helm
   * runs only after that wait: an installation that waits would never end.
   * @default true
   */
  readonly wait?: boolean;
  /** The chart's jobs must end before it can be used. @default false */
  readonly waitForJobs?: boolean;
  /** Where these facts come from, and when they were read. */
  readonly source: string;
  /** Names of components that must not be in the same cluster. @default - none */
  readonly conflictsWith?: readonly string[];
  /** Names of components that must be in the same cluster. @default - none */
  readonly requires?: readonly string[];
  /**
   * Components that the chart installs along, each with the path of the value that switches it off when `false`.
   * @default - none
   */
  readonly bundles?: Readonly<Record<string, string>>;
}
