import { App } from "cdktf";
import { Capacity, Identity, Site, Slice, StateBackend } from "cdktf-hybrid-ai";
import { AwsCluster, AwsNetwork } from "cdktf-hybrid-ai/aws";
import { CloudStack } from "cdktf-hybrid-ai/stacks";

// A cluster with pools of every kind that may be destroyed: one key here, the other is the app's context.

const site = Site.aws("ohio", { region: "us-east-2", account: "111122223333" });

const app = new App();

const stack = new CloudStack(app, "removable-cluster", {
  site,
  environment: "test",
  owner: "e2e",
  costCentre: "cc-0000",
  backend: StateBackend.local(),
});

const network = new AwsNetwork(stack, "network", {
  site,
  namePrefix: "e2e",
  cidrBlock: "10.20.0.0/16",
  availabilityZones: ["us-east-2a", "us-east-2b"],
  internetEgress: "nat-per-zone",
  interfaceEndpoints: ["ec2", "ecr.api", "ecr.dkr"],
});

const cluster = new AwsCluster(stack, "cluster", {
  site,
  namePrefix: "e2e",
  network,
  privateAccessCidrs: ["10.30.0.0/16"],
  hybridNodes: { nodeCidrs: ["192.168.0.0/24"], podCidrs: ["192.168.128.0/20"] },
  removalPolicy: "destroy",
  pools: [
    { name: "system", slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 2 }) },
    {
      name: "train",
      slice: Slice.accelerators("h200", { perNode: 8, nodes: 2 }),
      capacity: Capacity.capacityBlock({ aws: { reservationId: "cr-0123456789abcdef0" } }),
      zones: ["us-east-2a"],
    },
    {
      name: "serve",
      slice: Slice.accelerators("l4", { perNode: 1, nodes: { min: 0, max: 8 } }),
      capacity: [Capacity.spot(), Capacity.onDemand()],
      tier: "serving",
    },
  ],
});

cluster.grantAccess(Identity.awsRole("platform", "arn:aws:iam::111122223333:role/platform"), "cluster-admin");
cluster.podRole({
  namespace: "train",
  serviceAccount: "trainer",
  statements: [
    { Sid: "ReadData", Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::e2e-data/*"] },
  ],
});

app.synth();
