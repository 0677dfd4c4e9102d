import { Construct } from "constructs";
import { claimNames } from "../core/claimed-names";
import { Problems } from "../core/problems";
import type { Identity } from "../fabric/identity";
import type { Site } from "../fabric/site";
import type { GrantOptions } from "../lakehouse/index";
import type { VectorCollectionModel, VectorEngine } from "./collections";
import { VectorErrors } from "./errors";
import type { PlannedVectorStore } from "./plan";
import type { VectorSizing } from "./sizing";
import type {
  IVectorCollection,
  IVectorStore,
  VectorGrant,
  VectorGrantRequest,
  VectorLookup,
} from "./vectors";

/** Collections and the checks of grants, once for all sites. A site says how a right is given and a collection found. */
export abstract class VectorStoreBase extends Construct implements IVectorStore {
  abstract readonly site: Site;
  abstract readonly engine: VectorEngine;
  /** Set by the constructor of the site's class, before any collection is asked for. */
  protected abstract readonly planned: PlannedVectorStore;
  private namePrefix?: string;

  get sizing(): VectorSizing {
    return this.planned.sizing;
  }

  get collectionNames(): readonly string[] {
    return this.planned.collections.map(({ name }) => name);
  }

  collection(name: string): IVectorCollection {
    const model = this.requireCollection(name);
    return {
      name,
      grantRead: (identity, options) => this.checkedGrant(model, identity, "read", options),
      grantWrite: (identity, options) => this.checkedGrant(model, identity, "write", options),
      lookup: () => this.lookup(model),
    };
  }

  /**
   * Refuses, when the app is synthesized, a second store that would make resources of the same names.
   *
   * @param namespace in a cluster: names of two namespaces do not meet
   */
  protected claimNames(namePrefix: string, namespace?: string): void {
    this.namePrefix = namePrefix;
    claimNames(this, {
      key: ["vectors", spaceOf(this.site), this.engine, namePrefix, namespace ?? ""].join("/"),
      error: VectorErrors.VectorNamesTaken,
      given: namePrefix,
    });
  }

  /** Roles, policies and Secrets are called after the prefix and who gets them, whatever the engine is. */
  private claimRights(identity: Identity): void {
    const id = `names-of-${identity.name}`;
    if (identity.kind !== "google-member" && this.node.tryFindChild(id) === undefined) {
      claimNames(new Construct(this, id), {
        key: ["vectors", spaceOf(this.site), "rights", this.namePrefix, identity.name].join("/"),
        error: VectorErrors.VectorNamesTaken,
        given: this.namePrefix!,
      });
    }
  }

  /** Gives a right. Asking twice for the same right returns the same resources. */
  protected abstract grant(request: VectorGrantRequest): VectorGrant;

  protected abstract lookup(collection: VectorCollectionModel): VectorLookup;

  /** What every engine's lookup says alike. */
  protected described(collection: VectorCollectionModel) {
    const { dimension, metric, precision, topK, filterable } = collection;
    const { searchParameters } = this.sizing.collections.find(({ name }) => name === collection.name)!;
    return { kind: this.engine, dimension, metric, precision, topK, filterable, searchParameters };
  }

  private requireCollection(name: string): VectorCollectionModel {
    const found = this.planned.collections.find((candidate) => candidate.name === name);
    if (!found) {
      const problems = new Problems(this.node.path);
      problems.add(VectorErrors.UnknownCollection, {
        subject: "collection",
        given: name,
        allowed: this.collectionNames.join(", "),
      });
      problems.throwIfAny();
    }
    return found!;
  }

  private checkedGrant(
    collection: VectorCollectionModel,
    identity: Identity,
    access: "read" | "write",
    options: GrantOptions | undefined,
  ): VectorGrant {
    if (collection.pii && !options?.includePii) {
      const problems = new Problems(this.node.path);
      problems.add(VectorErrors.PersonalVectorsNotGranted, {
        subject: `collection "${collection.name}", identity "${identity.name}"`,
        given: `a right to ${access} without includePii`,
        allowed: "a right that says includePii: true",
      });
      problems.throwIfAny();
    }
    this.claimRights(identity);
    return this.grant({ identity, access, collection });
  }
}

/** Where names must be unique. What an account or project knows beyond regions carries the region in its name. */
function spaceOf(site: Site): string {
  switch (site.kind) {
    case "aws":
      return `aws/${site.account ?? ""}/${site.region}`;
    case "google":
      return `google/${site.project}/${site.region}`;
    case "kubernetes":
      return `kubernetes/${site.name}`;
  }
}
