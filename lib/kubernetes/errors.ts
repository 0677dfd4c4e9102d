import { defineErrors } from "../core/errors";

export const KubernetesErrors = defineErrors({
  InvalidQuantity: {
    meaning: "not a Kubernetes quantity",
    fix: "write a number with an optional suffix, for example 500m, 2, 16Gi or 1.5Ti",
  },
  QuantityNotRepresentable: {
    meaning:
      "Kubernetes cannot hold this quantity exactly: it would be rounded to 1e-9 or cut at 2^63-1 without a word",
    fix: "choose a quantity of at most nine decimal places and an absolute value below 2^63",
  },
  StatusInManifest: {
    meaning: "`status` belongs to the controller; the Kubernetes provider refuses it in a manifest",
    fix: "leave `status` out; to wait for a status use `waitFor`",
  },
  ReservedManifestField: {
    meaning: "this top-level key has a property of its own",
    fix: "use the properties apiVersion, kind, name, namespace, labels, annotations and spec",
  },
  NullInManifest: {
    meaning: "null in a manifest makes Terraform report an inconsistent result after apply",
    fix: "leave the key out (or give undefined)",
  },
  NotPlainData: {
    meaning: "not a value that a Kubernetes object or a chart can hold",
    fix: "use strings, finite numbers, booleans, lists and plain objects only",
  },
  MixedListElements: {
    meaning: "the elements of this list are of different kinds, which the Kubernetes provider cannot plan",
    fix: "make all elements strings, all numbers, all booleans, all lists or all objects",
  },
  MoreThanOneWait: {
    meaning: "the Kubernetes provider waits for one thing only",
    fix: "give one of condition, fields and rollout",
  },
  ChartVersionNotExact: {
    meaning: "not an exact chart version; a range would install something else tomorrow",
    fix: "give the published version in full, for example 1.42.2 or v1.21.1",
  },
  ChartVersionPrefix: {
    meaning: "this chart is published with the other form of version (with or without a leading v)",
    fix: "write the version exactly as it is published",
  },
  InvalidChartRepository: {
    meaning: "not the address of a chart repository",
    fix: "give https://… of a repository with an index, or oci://host/path without the chart's name",
  },
  SkipCrdsWithoutEffect: {
    meaning: "skipCrds only concerns CRDs in the chart's crds/ folder, and this chart has none there",
    fix: "leave skipCrds out; if the chart has a value that switches its CRDs off, set that in `values`",
  },
  WaitNeverEnds: {
    meaning: "pods of the chart wait for a hook that Helm runs only after it has waited for the pods",
    fix: "leave the option out; Helm waits for the hooks of this chart by itself",
  },
  NotRequiredByComponent: {
    meaning: "this component was said to be there already, but the chart does not require it",
    fix: "list only names of `component.requires`",
  },
  ComponentConflict: {
    meaning: "two components that exclude each other are installed in one cluster",
    fix: "remove one of the two, or install them in different clusters",
  },
  ComponentRequirementMissing: {
    meaning: "a component needs another one that no stack of this app installs in its cluster",
    fix: "add the missing HelmComponent, or name it in `alreadyInstalled` if the cluster has it",
  },
  ComponentsDoNotFit: {
    meaning: "these versions of two components are known not to work in one cluster",
    fix: "choose versions that fit: VERSIONS_THAT_FIT is such a set",
  },
  ImageNotPinned: {
    meaning: "the image is not named by its digest, so what runs could change without a change here",
    fix: "give registry/name@sha256:<64 hexadecimal digits>",
  },
  TwoScalers: {
    meaning: "two controllers would scale the same object, and undo each other's work",
    fix: "remove the other HorizontalPodAutoscaler or ScaledObject, or name the object otherwise",
  },
  KubernetesObjectBesideItsCluster: {
    meaning:
      "Kubernetes objects are in the stack that makes their cluster, so the provider has no address at plan",
    fix: "move the objects and the provider to a later stack and pass the cluster's name, endpoint and CA certificate as outputs",
  },
  CustomResourceBesideItsOperator: {
    meaning:
      "a custom resource is in the stack that installs its definition, but kubernetes_manifest needs the definition at plan",
    fix: "leave the operator in the `platform` stack and move the custom resource to the `workloads` stack",
  },
  PodSecurityLabel: {
    meaning: "labels of Pod Security are set by `podSecurity`, so that enforcing, warning and auditing agree",
    fix: "use `podSecurity`, or override the label on `resource`",
  },
  ClusterAlreadyAttached: {
    meaning: "the stack already has a Kubernetes or Helm provider",
    fix: "attach one cluster per stack; use another stack for another cluster",
  },
});
