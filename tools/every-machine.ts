import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import { Command } from "commander";
import { AwsCluster } from "../lib/cluster/aws/cluster";
import { Site } from "../lib/fabric/site";
import { Slice } from "../lib/fabric/slice";
import { AwsNetwork } from "../lib/network/aws-network";
import { checkStack } from "./lib/check-stack";
import { findMirror, mirrorEnvironment } from "./lib/mirror";
import { readStacks } from "./lib/stacks";
import { inWorkDirectory, requireTerraform } from "./lib/terraform-run";
import { runCommand, UserError } from "./lib/user-error";
import { everyPool } from "./machines/every-pool";

const REGION = "us-east-1";
const SYSTEM = { name: "system", slice: Slice.cpu({ vcpu: 4, memoryGib: 16, nodes: 1 }) };

/** One stack with a pool of every machine type: one start of Terraform checks them all. */
function synthesize(outdir: string): number {
  const app = new App({ outdir });
  const stack = new TerraformStack(app, "every-machine");
  new AwsProvider(stack, "aws", { region: REGION });
  const site = Site.aws("virginia", { region: REGION, account: "111122223333" });
  const network = new AwsNetwork(stack, "network", {
    site,
    namePrefix: "every",
    cidrBlock: "10.0.0.0/16",
    availabilityZones: [`${REGION}a`, `${REGION}b`],
    subnetPrefixLength: 17,
    interfaceEndpoints: ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "sts"],
    flowLogs: false,
  });
  const pools = everyPool();
  new AwsCluster(stack, "cluster", { site, namePrefix: "every", network, pools: [SYSTEM, ...pools] });
  app.synth();
  return pools.length;
}

async function check(workDirectory: string): Promise<number> {
  const outdir = join(workDirectory, "synth");
  const count = synthesize(outdir);
  const mirror = findMirror();
  const context = {
    workDirectory,
    mirror,
    environment: mirrorEnvironment(mirror, workDirectory),
    real: false,
    missing: new Map<string, string>(),
  };
  const [stack] = readStacks(outdir);
  const { outcome, checked, errors, notes, add, rewritten } = await checkStack("machines", stack!, context);
  for (const line of [...rewritten, ...notes]) {
    console.log(`  ${line}`);
  }
  if (outcome === "not checked") {
    const message = `${count} pools were not checked: the AWS provider cannot be installed here`;
    if (process.env.CI === "true") {
      throw new UserError(message);
    }
    console.log(message);
    return 0;
  }
  if (outcome === "error") {
    throw new UserError(`Terraform refuses pools:\n${errors.map((line) => `  ${line}`).join("\n")}`);
  }
  console.log(`${count} pools, every machine type of AWS: ${checked} accepted, ${add ?? 0} resources to add`);
  return 0;
}

async function everyMachine(): Promise<number> {
  return requireTerraform() === undefined ? 0 : inWorkDirectory("hybrid-ai-machines-", check);
}

const program = new Command("machines")
  .description(
    "Runs real terraform init and plan on one cluster with a pool of every AWS machine type of the catalogue. Exit code 0: accepted, 1: error.",
  )
  .action(() => runCommand(everyMachine));

void program.parseAsync();
