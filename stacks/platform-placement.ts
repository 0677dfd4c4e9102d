import { existsSync, readFileSync } from "node:fs";
import type { Construct } from "constructs";
import { renderFinding } from "../lib/core/errors";
import { Problems } from "../lib/core/problems";
import { addWarning } from "../lib/core/warnings";
import type { Link } from "../lib/fabric/link";
import type { SiteModel } from "../lib/fabric/site-model";
import { checkedPlan } from "../lib/placement/checked-plan";
import { type SitePlan, sitePlan } from "../lib/placement/emit/site-plan";
import { type Explanation, explain } from "../lib/placement/explain/explain";
import { placementSvg } from "../lib/placement/explain/svg";
import type { Placement, PlacementLock } from "../lib/placement/placement";
import { lockOf, readLock, writeLock } from "../lib/placement/plan/lock";
import type { PlanOptions } from "../lib/placement/plan/options";
import { type PlanInput, PlanRules, type Workload } from "../lib/placement/workloads";
import { StackErrors } from "./errors";
import { replaceLockFile } from "./lock-file";
import type { DeclaredEndpoint } from "./placed-endpoint";
import type { TrainingJob } from "./planned-jobs";
import type { PlatformContext } from "./platform-context";
import { StackWarnings } from "./warnings";

/** What the platform's workloads are placed by. */
export interface PlacementProps {
  /** Fabrics, capacity and energy of the platform's sites; a site without a model takes nothing. */
  readonly models: readonly SiteModel[];
  /** @default - none: nothing moves between sites */
  readonly links?: readonly Link[];
  /** @default PlanRules.of() */
  readonly rules?: PlanRules;
  /**
   * File that keeps where everything was put, so that the next plan moves only what it must. Read when the platform is
   * made, if it is there; written by `HybridPlatform.writeLock`. A relative path starts at the directory in which the
   * program runs: `join(__dirname, "placement.lock.json")` is the file beside it. @default - none: each plan starts anew
   */
  readonly lockFile?: string;
  /** How much is searched, and from which seed. @default - the defaults of `plan` */
  readonly search?: Omit<PlanOptions, "lock">;
}

/** A plan, what it was made from, and why it is as it is. */
export interface PlannedPlacement {
  readonly input: PlanInput;
  readonly placement: Placement;
  /** As data; `explanationText` of `cdktf-hybrid-ai/placement` prints it. */
  readonly explanation: Explanation;
  /** Draws sites, links, fabrics and what sits where; reads well in light and dark. */
  svg(): string;
}

/** The workloads of a platform and, once asked for, their places. */
export class PlatformPlanner {
  /** What gangs run, by workload. */
  readonly jobs = new Map<string, TrainingJob>();
  /** Endpoints whose variants are workloads. */
  readonly endpoints: DeclaredEndpoint[] = [];
  private readonly where: string;
  private readonly workloads = new Map<string, Workload>();
  /** Sites with a cluster that follows the plan. */
  private readonly kept = new Set<string>();
  private readonly lock?: PlacementLock;
  private placed?: Placement;
  private warned = false;

  /** @throws UnknownSite, ModelOfOtherSite, DuplicateValue, MissingValue, LockUnreadable */
  constructor(
    platform: PlatformContext,
    private readonly props: PlacementProps,
  ) {
    this.where = `platform "${platform.name}"`;
    const problems = new Problems(this.where);
    problems.unique(
      "placement.models",
      props.models.map(({ name }) => name),
    );
    for (const { name, kind, country } of props.models) {
      const there = platform.site(name);
      if (there.kind !== kind || there.country !== country) {
        problems.add(StackErrors.ModelOfOtherSite, {
          subject: `placement.models "${name}"`,
          given: `${kind}, ${country}`,
          allowed: `${there.kind}, ${there.country}`,
        });
      }
    }
    const { lockFile } = props;
    if (lockFile !== undefined && problems.literal("placement.lockFile", lockFile, "the path of a file")) {
      problems.required("placement.lockFile", lockFile, "the path of a file");
    }
    problems.throwIfAny();
    this.lock =
      lockFile !== undefined && existsSync(lockFile) ? readLock(readFileSync(lockFile, "utf8")) : undefined;
  }

  /** @throws DuplicateWorkload, WorkloadOfOtherName, PlanAlreadyMade */
  add(name: string, workload: Workload, job?: TrainingJob): void {
    const problems = new Problems(`${this.where} workload "${name}"`);
    this.checkNew(problems, name, workload);
    if (job !== undefined) {
      problems.name("job.team", job.team);
    }
    problems.throwIfAny();
    this.workloads.set(name, workload);
    if (job !== undefined) {
      this.jobs.set(name, job);
    }
  }

  /** All of them or none. @throws DuplicateWorkload, PlanAlreadyMade */
  addAll(workloads: readonly Workload[]): void {
    const problems = new Problems(this.where);
    for (const workload of workloads) {
      this.checkNew(problems, workload.name, workload);
    }
    problems.throwIfAny();
    for (const workload of workloads) {
      this.workloads.set(workload.name, workload);
    }
  }

  /** Adds DuplicateWorkload, WorkloadOfOtherName, PlanAlreadyMade. */
  private checkNew(problems: Problems, name: string, workload: Workload): void {
    if (workload.name !== name) {
      problems.add(StackErrors.WorkloadOfOtherName, {
        subject: "name",
        given: workload.name,
        allowed: name,
      });
    }
    if (this.workloads.has(name)) {
      problems.add(StackErrors.DuplicateWorkload, {
        subject: "name",
        given: name,
        allowed: `any but ${[...this.workloads.keys()].sort().join(", ")}`,
      });
    }
    if (this.placed !== undefined) {
      problems.add(StackErrors.PlanAlreadyMade, {
        subject: "workload",
        given: name,
        allowed: "workloads that are added before placement is read and before clusters with planned pools",
      });
    }
  }

  /** @throws PlanRefusedByChecker, and all that `plan` throws */
  get placement(): Placement {
    this.placed ??= checkedPlan(this.input(), { ...this.props.search, lock: this.lock });
    return this.placed;
  }

  /** The plan with what it was made from: for explanations, pictures and checks of one's own. */
  get explained(): PlannedPlacement {
    const placement = this.placement;
    const input = this.input();
    return {
      input,
      placement,
      explanation: explain(input, placement, this.lock),
      svg: () => placementSvg(input, placement),
    };
  }

  private input(): PlanInput {
    const { models, links = [], rules = PlanRules.of() } = this.props;
    return { sites: models, links, rules, workloads: [...this.workloads.values()] };
  }

  /** The model of a site. @throws SiteWithoutModel */
  model(site: string, what = "plannedPools"): SiteModel {
    const model = this.props.models.find(({ name }) => name === site);
    if (model === undefined) {
      const problems = new Problems(this.where);
      problems.add(StackErrors.SiteWithoutModel, {
        subject: `${what} at site "${site}"`,
        given: "no model of the site",
        allowed: this.props.models.map(({ name }) => name).join(", ") || "none",
      });
      problems.throwIfAny();
    }
    return model!;
  }

  /** @throws SiteWithoutModel, and all that `placement` throws */
  sitePlan(site: string): SitePlan {
    return sitePlan(this.model(site), this.props.links ?? [], this.placement);
  }

  /** From now on a cluster at the site follows the plan. */
  keepAt(site: string): void {
    this.kept.add(site);
  }

  /** A stack of the platform is refused at synth if a job or an endpoint has no cluster to run in. */
  guard(stack: Construct): void {
    stack.node.addValidation({ validate: () => this.jobsWithoutCluster() });
    stack.node.addValidation({
      validate: () => this.endpoints.flatMap((declared) => this.endpointAstray(declared)),
    });
  }

  /** Says in the output, once, which workloads have no place. */
  warn(scope: Construct): void {
    if (this.warned) {
      return;
    }
    this.warned = true;
    for (const left of this.leftOut()) {
      addWarning(scope, StackWarnings.WorkloadLeftOut, left);
    }
  }

  /** Workloads without a place, each with what stops it. */
  private leftOut(names?: readonly string[]): readonly string[] {
    return this.placement.workloads.flatMap((placed) => {
      if (placed.status !== "left-out" || names?.includes(placed.workload) === false) {
        return [];
      }
      const codes = [...new Set(placed.reasons.map(({ code }) => code))].sort();
      return [`${placed.workload} (${codes.join(", ")})`];
    });
  }

  /** Of these workloads, as the end of a message; makes no plan. */
  describeLeftOut(names: readonly string[]): string {
    if (this.placed === undefined) {
      return "; nothing is placed before the first cluster with plannedPools";
    }
    const left = this.leftOut(names);
    return left.length === 0 ? "" : `; the plan has no place for ${left.join(", ")}`;
  }

  /** Adds EndpointLeftOut, EndpointWithoutCluster: an endpoint that nobody could reach, in whole or in part. */
  private endpointAstray({ id, variants }: DeclaredEndpoint): string[] {
    const names = variants.map(({ workload }) => workload);
    const left = this.leftOut(names);
    if (left.length === names.length) {
      return [
        renderFinding({
          error: StackErrors.EndpointLeftOut,
          subject: `endpoint "${id}"`,
          given: left.join(", "),
          allowed: "a place for one variant or more; explainPlacement tells why each place was refused",
        }),
      ];
    }
    const chosen = this.placement.workloads.flatMap((placed) =>
      placed.status === "accepted" && names.includes(placed.workload)
        ? placed.parts.map(({ site }) => site)
        : [],
    );
    return [...new Set(chosen)]
      .filter((site) => !this.kept.has(site))
      .map((site) =>
        renderFinding({
          error: StackErrors.EndpointWithoutCluster,
          subject: `endpoint "${id}"`,
          given: `site "${site}"`,
          allowed: [...this.kept].sort().join(", ") || "none yet",
        }),
      );
  }

  private jobsWithoutCluster(): string[] {
    if (this.jobs.size === 0) {
      return [];
    }
    return this.placement.workloads.flatMap((placed) => {
      const sites = placed.status === "accepted" ? placed.parts.map(({ site }) => site) : [];
      const missing = [...new Set(sites)].filter((site) => !this.kept.has(site));
      return this.jobs.has(placed.workload)
        ? missing.map((site) =>
            renderFinding({
              error: StackErrors.JobWithoutCluster,
              subject: `workload "${placed.workload}"`,
              given: `site "${site}"`,
              allowed: [...this.kept].sort().join(", ") || "none yet",
            }),
          )
        : [];
    });
  }

  /** Writes the lock. False without a file for it. */
  writeLock(): boolean {
    const { lockFile } = this.props;
    if (lockFile !== undefined) {
      replaceLockFile(lockFile, writeLock(lockOf(this.placement)));
    }
    return lockFile !== undefined;
  }
}
