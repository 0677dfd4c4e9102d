import { defineErrors } from "../lib/core/errors";

export const StackErrors = defineErrors({
  ProviderPackageMissing: {
    meaning: "the bindings of a provider that this site needs are not installed",
    fix: "install the package beside cdktf-hybrid-ai; provider packages are optional peers so that nobody installs a cloud that they do not use",
  },
  PhaseNotAtSite: {
    meaning: "this kind of site has no such phase",
    fix: "clouds have a foundation, and platform and workloads of a cluster there; Kubernetes sites have platform (operators) and workloads (objects)",
  },
  ClusterOutsideSiteStack: {
    meaning:
      "other stacks cannot read how to reach the cluster, because its stack has no state that they know",
    fix: "make the cluster in a CloudStack, or by HybridPlatform.addCluster",
  },
  NoClusterAtSite: {
    meaning: "the phase is inside a cluster, and the platform has none at this cloud site",
    fix: "call addCluster for the site first",
  },
  ClusterAlreadyAtSite: {
    meaning: "the site has a cluster already; stacks and names are per site",
    fix: "add pools to that cluster, or declare another Site for the same region under another name",
  },
  QueuesWithoutKueue: {
    meaning:
      "queues are declared in a cluster in which nothing installs Kueue, so their kinds would be unknown at apply",
    fix: 'leave teams, priorities and dispatch out, or let Kueue be installed: operators: { operators: { kueue: { state: "install" } } } ("installed" if it is there)',
  },
  DuplicateCluster: {
    meaning: "the platform already has a cluster of this name",
    fix: "choose another name",
  },
  PlacementNotDeclared: {
    meaning: "the platform has no models of its sites, so nothing can be planned",
    fix: "give HybridPlatform placement: { models, links }",
  },
  ModelOfOtherSite: {
    meaning: "the model was made from another site than the platform's of that name",
    fix: "make the model by SiteModel.of from the same value that is in sites",
  },
  SiteWithoutModel: {
    meaning: "the plan knows nothing of this site, because it has no model",
    fix: "add SiteModel.of(site, …) to placement.models, or list the pools by hand",
  },
  DuplicateWorkload: {
    meaning: "the platform already has a workload of this name",
    fix: "choose another name; training, inference and data jobs share one list",
  },
  WorkloadOfOtherName: {
    meaning: "the workload was made under another name than it is added by",
    fix: "give the same name twice, or the props in place of the made value",
  },
  PlanAlreadyMade: {
    meaning: "the plan is made of all workloads at once, and it has been made already",
    fix: "add all workloads before the first cluster with planned pools, and before placement is read",
  },
  UnknownCapacityPool: {
    meaning: "the model of the site has no pool of this name",
    fix: "correct the name; planned pools are named after the capacity pools of the site's model",
  },
  ReservationNeeded: {
    meaning: "the plan takes reserved capacity, and nothing says which reservation that is",
    fix: "name the reservation of the pool, or offer the pool without reserved capacity",
  },
  DynamicSlicesNotMade: {
    meaning:
      "the capacity pool says that GKE joins its cubes when they are needed, and node pools for that cannot be made here: the Terraform provider has no field for the slice controller, nor for the topology mode of a workload policy",
    fix: "make cluster and node pools with gcloud and declare the cluster as Site.kubernetes; or leave the partition label out, and the cluster gets a node pool of the planned topology for each slice",
  },
  PartitionIdsUnknown: {
    meaning: "a slice is made of named cubes, and the capacity pool does not say what they are called",
    fix: "give domainLabels the value of every cube: kubectl get nodes -L cloud.google.com/gke-tpu-partition-4x4x4-id",
  },
  SliceBelowCube: {
    meaning:
      "the plan puts a workload to a part of a cube, and nothing says which of its chips that would be: the plan knows free chips of a cube, not places in it",
    fix: "give the workload whole cubes (64 chips or a multiple), or put it to a pool without the partition label",
  },
  JobWithoutCluster: {
    meaning: "the plan puts a training job to a site where the platform has no cluster with planned pools",
    fix: "add a cluster with plannedPools at the site, or leave the job out",
  },
  ResourceOfOtherSite: {
    meaning: "the stack of one site or phase holds a resource that belongs into another",
    fix: "put clouds' resources into the CloudStack of their site, and Kubernetes objects into an OnPremStack: operators in phase platform, everything else in phase workloads",
  },
  DuplicateLakehouse: {
    meaning: "the platform already has a lakehouse of this name",
    fix: "choose another name",
  },
  ZoneAlreadyAtSite: {
    meaning: "the zone would be copied to a site that already owns a zone of this name",
    fix: "leave the target site out of the zone's `at`, or share by federation",
  },
  ZoneNotAtSite: {
    meaning: "the zone is not kept at the site that it is to be shared from",
    fix: "add the site to the zone's `at`, or share from a site that keeps the zone",
  },
  OptionsWithoutSite: {
    meaning: "options were given for a kind of site that the declaration is not at",
    fix: "remove the options, or name such a site in `at` (of a lakehouse: in the `at` of a zone)",
  },
  DuplicateName: {
    meaning:
      "the platform already has something of this name: ids in its stacks and names of resources would meet",
    fix: "choose another name",
  },
  SyntheticDataNotAtSite: {
    meaning: "synthetic data is made by Trino, which only the lakehouse of a Kubernetes site has",
    fix: "make it at a Kubernetes site that owns both tables; a replication share takes the table to a cloud",
  },
  MirrorNotAtSite: {
    meaning:
      "a mirror reads and writes sites of its own stream, and writes where Strimzi runs the brokers, or from MSK to MSK",
    fix: "add the site to the stream's `at`; for a target choose a Kubernetes site, or an AWS site for an AWS one",
  },
  VectorsNotForWorker: {
    meaning: "the worker of an inline inference does not speak the protocol of this vector store",
    fix: "let the store's engine at the site be one that is allowed (Vertex AI: `google: { publicEndpoint: true }`, whose domain the internet reaches), or look vectors up behind the model",
  },
  LogTableNotForSink: {
    meaning: "the sink of the log cannot write to this table's site or zone",
    fix: "give a table that the worker's site owns, in a lakehouse that this platform declares; or leave `log.table` out and read the topic yourself, on AWS with Managed Flink, elsewhere with the Flink operator",
  },
  NoPartAtSite: {
    meaning: "what the declaration builds on has no part at the site",
    fix: "add the site to its `at`, or choose a site that it is at",
  },
  EndpointNotAtSite: {
    meaning: "sites of this kind cannot run an endpoint in this way",
    fix: "choose a way that the site has: its cluster, SageMaker at AWS, Vertex AI at Google Cloud",
  },
  NotPlacedAtSite: {
    meaning:
      "the endpoint has no part at the site: the plan put none of it there, or the cluster there is not added yet",
    fix: "name a site that the plan chose (explainPlacement says why), and add its cluster with plannedPools before what uses the endpoint",
  },
  EndpointWithoutCluster: {
    meaning: "the plan puts a model endpoint to a site where the platform has no cluster with planned pools",
    fix: "add a cluster with plannedPools at the site, or leave the site out of the endpoint's `at`",
  },
  EndpointLeftOut: {
    meaning: "the plan has no place for any variant of the endpoint, so nothing would answer",
    fix: "read the reasons; then add capacity or sites, widen the rules of the endpoint, or give it more value",
  },
  NoAcceleratorsInPool: {
    meaning: "a model is to be served by a pool that has no accelerators, or that the cluster does not have",
    fix: "name a pool of the cluster with accelerators",
  },
  BackendOfOtherSite: {
    meaning: "a gateway reaches pools and services of its own cluster only",
    fix: "add a gateway at the endpoint's site, and name that as backend",
  },
  NotWatchedThere: {
    meaning: "nothing that publishes metrics was declared at the site",
    fix: "declare endpoints, gateways or sources first, or leave the site out",
  },
});
