import { Construct } from "constructs";
import { CoreErrors } from "../core/errors";
import { Problems } from "../core/problems";
import { mayDestroy } from "../core/removal-policy";
import type { Identity } from "../fabric/identity";
import type { Site } from "../fabric/site";
import type { Column, Grant } from "../lakehouse/index";
import { FeatureErrors } from "./errors";
import { type FeatureSiteKind, siteType } from "./feature-type";
import type { FeatureStoreProps, IFeatureStore, IFeatureView, OnlineField, OnlineLookup } from "./features";
import {
  checkMaterialization,
  type MaterializationPlan,
  type MaterializationProps,
  materializationPlan,
} from "./freshness";
import { type EntityKey, type Feature, type FeatureSchema, type FeatureView, holdsPii } from "./schema";
import { checkEvolution } from "./schema-diff";
import { type OnlineLoad, resolveLoads } from "./sizing";
import { checkSiteTypes, checkViewSource } from "./source-check";
import { grantSource } from "./source-grant";

/** What was found out about a feature store before anything is made. */
export interface FeatureStoreModel {
  /** Views that are served here, sorted. */
  readonly views: readonly FeatureView[];
  readonly loads: readonly OnlineLoad[];
  /** By the name of the view. */
  readonly plans: ReadonlyMap<string, MaterializationPlan>;
  /** Whether Terraform refuses to destroy what holds values. */
  readonly protect: boolean;
}

function servedViews(problems: Problems, props: FeatureStoreProps): readonly FeatureView[] {
  const { schema, views } = props;
  if (views === undefined) {
    return schema.views;
  }
  const known = schema.views.map(({ name }) => name);
  problems.required("views", views[0], "one view or more");
  problems.unique("views", views);
  for (const name of views) {
    problems.oneOf("views", name, known);
  }
  return schema.views.filter(({ name }) => views.includes(name));
}

function checkLakehouse(problems: Problems, { site, lakehouse }: FeatureStoreProps): void {
  if (lakehouse.site.kind !== site.kind || lakehouse.site.name !== site.name) {
    problems.add(FeatureErrors.LakehouseOfOtherSite, {
      subject: "lakehouse",
      given: `${lakehouse.site.name} (${lakehouse.site.kind})`,
      allowed: `${site.name} (${site.kind})`,
    });
  }
}

/** Times of a way that no view goes at this site. Adds NoEffect. */
function refuseDeadTimes(
  problems: Problems,
  times: MaterializationProps,
  plans: readonly MaterializationPlan[],
): void {
  const needs = { every: "batch", jobTime: "batch", streamLag: "stream" } as const;
  for (const [name, kind] of Object.entries(needs) as [keyof typeof needs, "batch" | "stream"][]) {
    if (times[name] !== undefined && plans.every((plan) => plan.kind !== kind)) {
      problems.add(CoreErrors.NoEffect, {
        subject: `materialization.${name}`,
        given: times[name],
        allowed: `nothing: no view of this site is filled by ${kind === "batch" ? "runs of a job" : "a stream"}`,
      });
    }
  }
}

/** Schema, grants and checks of a feature store, once for all sites. A site says how it is made and how rights are given. */
export abstract class FeatureStoreBase extends Construct implements IFeatureStore {
  abstract readonly site: Site;
  abstract readonly schema: FeatureSchema;
  /** Set by the constructor of the site's class, before any view is asked for. */
  protected abstract readonly model: FeatureStoreModel;
  protected abstract readonly storeProps: FeatureStoreProps;

  /** All that the sites share. What is wrong goes to `problems`. */
  protected resolve(problems: Problems, kind: FeatureSiteKind, props: FeatureStoreProps): FeatureStoreModel {
    for (const part of ["site", "schema", "lakehouse", "online"] as const) {
      problems.required(part, props[part], "a value");
    }
    problems.throwIfAny();
    problems.name("namePrefix", props.namePrefix);
    const protect = !mayDestroy(this, props.removalPolicy, problems);
    checkLakehouse(problems, props);
    if (props.lock !== undefined) {
      checkEvolution(problems, props.lock, props.schema);
    }
    checkMaterialization(problems, props.materialization ?? {});
    const views = servedViews(problems, props);
    for (const view of views) {
      checkSiteTypes(problems, kind, view);
      checkViewSource(problems, view, props.lakehouse);
    }
    const loads = resolveLoads(problems, views, props.online);
    const plans = new Map<string, MaterializationPlan>();
    for (const view of problems.empty ? views : []) {
      const plan = materializationPlan(problems, kind, view, props.materialization);
      if (plan !== undefined) {
        plans.set(view.name, plan);
      }
    }
    if (problems.empty) {
      refuseDeadTimes(problems, props.materialization ?? {}, [...plans.values()]);
    }
    return { views, loads, plans, protect };
  }

  get viewNames(): readonly string[] {
    return this.model.views.map(({ name }) => name);
  }

  view(name: string): IFeatureView {
    const view = this.model.views.find((candidate) => candidate.name === name);
    if (view === undefined) {
      const problems = new Problems(this.node.path);
      problems.add(FeatureErrors.UnknownView, {
        subject: "view",
        given: name,
        allowed: this.viewNames.join(", "),
      });
      problems.throwIfAny();
    }
    const known = view!;
    return {
      name,
      view: known,
      materialization: this.model.plans.get(name)!,
      online: () => this.lookup(known),
      grantRead: (identity, options) => this.read(known, identity, options?.includePii ?? false),
      grantReadHistory: (identity, options) =>
        this.readHistory(known, identity, options?.includePii ?? false),
      grantWrite: (identity) => this.write(known, identity),
    };
  }

  protected abstract lookup(view: FeatureView): OnlineLookup;
  /** Gives the right to look records up. Asking twice for the same right returns the same resources. */
  protected abstract giveRead(view: FeatureView, identity: Identity): Grant;
  /** Gives the right to write records. @throws WriteNotPossible */
  protected abstract write(view: FeatureView, identity: Identity): Grant;

  private read(view: FeatureView, identity: Identity, includePii: boolean): Grant {
    const problems = new Problems(this.node.path);
    if (!includePii && holdsPii(view)) {
      const pii = [...view.entity.keys, ...view.features].filter((each) => each.pii);
      problems.add(FeatureErrors.PiiNotGranted, {
        subject: `view "${view.name}" to identity "${identity.name}"`,
        given: `a right that leaves out ${pii.map(({ name }) => name).join(", ")}`,
        allowed: "a right with includePii: true: a record of this view comes as a whole",
      });
    }
    problems.throwIfAny();
    return this.giveRead(view, identity);
  }

  private readHistory(view: FeatureView, identity: Identity, includePii: boolean): Grant {
    const { zone, table, eventTime, createdTime } = view.source;
    const wanted = [
      ...view.entity.keys.map(({ name, pii }) => ({ column: name, pii })),
      ...view.features.map(({ column, pii }) => ({ column, pii })),
    ].filter(({ pii }) => includePii || !pii);
    const times = [eventTime, ...(createdTime === undefined ? [] : [createdTime])];
    const { lakehouse } = this.storeProps;
    const source = lakehouse.zone(zone).table(table);
    const least = [...new Set([...wanted.map(({ column }) => column), ...times])];
    const columns = this.historyColumns(least, source.columns);
    const all = source.columns.every(({ name }) => columns.includes(name));
    return grantSource(lakehouse, view.source, identity, { includePii, columns: all ? undefined : columns });
  }

  /** Columns of the history that a right opens, as few as the site can tell apart. */
  protected historyColumns(least: readonly string[], _columns: readonly Column[]): readonly string[] {
    return least;
  }

  /** A field of a record at a site. */
  protected field(kind: FeatureSiteKind, { name, type, pii }: Feature | EntityKey): OnlineField {
    return { name, type: type.notation, siteType: siteType(kind, type)!, pii };
  }

  protected fields(
    kind: FeatureSiteKind,
    view: FeatureView,
  ): Pick<OnlineLookup, "view" | "keys" | "features"> {
    return {
      view: view.name,
      keys: view.entity.keys.map((key) => this.field(kind, key)),
      features: view.features.map((feature) => this.field(kind, feature)),
    };
  }
}
