import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { ALLOW_DESTROY_CONTEXT } from "../lib/core/removal-policy";
import {
  AppliedStack,
  accountOf,
  buckets,
  protectedAddresses,
  protectedBuckets,
  rolesTakenForGranted,
} from "./e2e/apply-stack";
import type { LeftOut } from "./e2e/left-out";
import { LocalApi, missingLocalApi } from "./e2e/local-api";
import { findMirror, type Mirror, providerEnvironment } from "./lib/mirror";
import type { Stack } from "./lib/stacks";
import { chooseExamples, exampleProgram, synthesize } from "./lib/synthesize";
import { TERRAFORM, Terraform, terraformVersion } from "./lib/terraform";
import { runCommand, UserError } from "./lib/user-error";

const DATA = ["aws-lakehouse", "hybrid-lakehouse", "rag-retrieval", "realtime-bidding", "sagemaker-endpoint"];
const CLUSTERS = ["eks-gpu-training", "llm-gateway-hybrid"];
const REMOVABLE = join(__dirname, "e2e", "removable.ts");
const REMOVABLE_CLUSTER = join(__dirname, "e2e", "removable-cluster.ts");

/** No gate skips silently: what is missing fails in CI and is told elsewhere. */
function everythingInstalled(): boolean {
  const pip = missingLocalApi();
  const missing = [
    ...(terraformVersion() === undefined ? [`${TERRAFORM} is not installed`] : []),
    ...(pip === undefined ? [] : [`moto is not installed: ${pip}`]),
  ];
  if (missing.length === 0) {
    return true;
  }
  if (process.env.CI === "true") {
    throw new UserError(missing.join("\n"));
  }
  console.log(`nothing applied: ${missing.join("; ")}`);
  return false;
}

interface Run {
  readonly workDirectory: string;
  readonly mirror: Mirror | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** Lines that hold for several stacks are printed once. */
  readonly told: Set<string>;
}

function tellOnce(run: Run, line: string): void {
  if (!run.told.has(line)) {
    run.told.add(line);
    console.log(line);
  }
}

function tellLeftOut(name: string, leftOut: readonly LeftOut[]): void {
  const resources = leftOut.filter(({ address }) => /^aws_/.test(address));
  if (leftOut.length > 0) {
    console.log(`${name}: left out ${resources.length} of the stack's resources`);
  }
  for (const { address, reason } of leftOut) {
    console.log(`  ${address}: ${reason}`);
  }
}

/** Applies a stack to a fresh local API, requires an empty plan after it, then hands both over. */
async function applied(
  run: Run,
  name: string,
  stack: Stack,
  then: (applied: AppliedStack, api: LocalApi) => Promise<void>,
): Promise<number> {
  const api = await LocalApi.start(accountOf(stack.json));
  try {
    for (const addition of api.additions) {
      tellOnce(run, `added to the local API: ${addition}`);
    }
    const { mirror, environment } = run;
    const workDirectory = join(run.workDirectory, name, "work");
    const target = new AppliedStack(stack, { workDirectory, mirror, environment, api });
    for (const note of target.notes) {
      tellOnce(run, note);
    }
    tellLeftOut(name, target.leftOut);
    for (const role of rolesTakenForGranted(target.json)) {
      await api.createRole(role);
      console.log(`${name}: role ${role} made beforehand, as it exists in real life`);
    }
    const count = await target.apply();
    await target.expectEmptyPlan();
    console.log(`${name}: applied ${count}, re-plan empty`);
    await then(target, api);
    return count;
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${name}: ${error.message}`) : error;
  } finally {
    api.stop();
  }
}

async function expectProtected(name: string, target: AppliedStack, api: LocalApi): Promise<void> {
  const addresses = protectedAddresses(target.json);
  const guarded = protectedBuckets(target.json);
  if (addresses.length === 0) {
    throw new UserError("nothing has prevent_destroy");
  }
  const refusals = await target.expectDestroyRefused(addresses);
  for (const { bucket } of guarded) {
    if ((await api.bucketStatus(bucket)) !== 200) {
      throw new UserError(`bucket ${bucket} is gone although destroy was refused`);
    }
  }
  console.log(
    `${name}: destroy refused by prevent_destroy of ${refusals} of ${addresses.length} resources, ${guarded.length} protected buckets still there`,
  );
}

async function applyFoundations(run: Run, example: string): Promise<number> {
  const { stacks } = await synthesize(exampleProgram(example), join(run.workDirectory, example, "synth"));
  const foundations = stacks.filter(({ json }) => {
    const told = json["//"]?.metadata?.hybridAi;
    return told?.phase === "foundation" && told.siteKind === "aws";
  });
  if (foundations.length === 0) {
    throw new UserError(`${example} has no foundation stack on AWS`);
  }
  let count = 0;
  for (const stack of foundations) {
    const name = `${example}/${stack.name}`;
    count += await applied(run, name, stack, (target, api) => expectProtected(name, target, api));
  }
  return count;
}

async function expectOneKeyRefused(run: Run): Promise<void> {
  try {
    await synthesize(REMOVABLE, join(run.workDirectory, "one-key"), { [ALLOW_DESTROY_CONTEXT]: false });
  } catch (error) {
    if (error instanceof UserError && error.message.includes("[RemovalNeedsTwoKeys]")) {
      console.log("removable: refused at synth with one key (RemovalNeedsTwoKeys)");
      return;
    }
    throw error;
  }
  throw new UserError("removable: removalPolicy destroy was accepted without the app's key");
}

async function applyRemovable(run: Run): Promise<number> {
  await expectOneKeyRefused(run);
  const { stacks } = await synthesize(REMOVABLE, join(run.workDirectory, "removable", "synth"), {
    [ALLOW_DESTROY_CONTEXT]: true,
  });
  return applied(run, "removable", stacks[0]!, async (target, api) => {
    const names = buckets(target.json);
    for (const bucket of names) {
      await api.putObject(bucket, "left-behind");
    }
    await target.destroy();
    for (const bucket of names) {
      if ((await api.bucketStatus(bucket)) !== 404) {
        throw new UserError(`bucket ${bucket} is still there after destroy`);
      }
    }
    console.log(`removable: destroyed with both keys, ${names.length} buckets with objects in them gone`);
  });
}

async function applyRemovableCluster(run: Run): Promise<number> {
  const { stacks } = await synthesize(REMOVABLE_CLUSTER, join(run.workDirectory, "cluster", "synth"), {
    [ALLOW_DESTROY_CONTEXT]: true,
  });
  return applied(run, "removable-cluster", stacks[0]!, async (target) => {
    await target.destroy();
    console.log("removable-cluster: destroyed with both keys, nothing left");
  });
}

async function e2e(names: readonly string[]): Promise<number> {
  const chosen = chooseExamples(names.length > 0 ? names : [...DATA, ...CLUSTERS], {
    known: [...DATA, ...CLUSTERS],
  });
  const all = names.length === 0;
  if (!everythingInstalled()) {
    return 0;
  }
  const workDirectory = mkdtempSync(join(tmpdir(), "hybrid-ai-e2e-"));
  const clean = () => {
    Terraform.killAll();
    LocalApi.stopAll();
    rmSync(workDirectory, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      clean();
      process.exit(1);
    });
  }
  try {
    const mirror = findMirror();
    const environment = providerEnvironment(mirror, workDirectory);
    const run: Run = { workDirectory, mirror, environment, told: new Set() };
    // Side by side, because the provider mostly waits: a minute alone until the rules of a bucket count as settled.
    const counts = await Promise.all([
      ...DATA.filter((name) => chosen.includes(name)).map((example) => applyFoundations(run, example)),
      ...(all ? [applyRemovable(run)] : []),
    ]);
    const clusters = await Promise.all([
      ...CLUSTERS.filter((name) => chosen.includes(name)).map((example) => applyFoundations(run, example)),
      ...(all ? [applyRemovableCluster(run)] : []),
    ]);
    counts.push(...clusters);
    console.log(`applied ${counts.reduce((sum, count) => sum + count, 0)}, re-plan empty`);
    return 0;
  } finally {
    clean();
  }
}

const program = new Command("e2e")
  .description("Applies AWS foundations to a local AWS API, plans again, and proves what destroy does.")
  .argument("[examples...]", "only the foundations of these examples")
  .action((names: string[]) => runCommand(() => e2e(names)));

void program.parseAsync();
