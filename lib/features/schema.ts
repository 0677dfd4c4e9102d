import { CoreErrors } from "../core/errors";
import { Problems } from "../core/problems";
import { frozen } from "../fabric/frozen";
import { checkList, checkText, requireObject } from "../fabric/untyped";
import { checkDuration, secondsOf } from "./duration";
import { FeatureErrors } from "./errors";
import { EMBEDDING_TYPE, FEATURE_TYPE_NOTATION, type FeatureType, parseFeatureType } from "./feature-type";
import { checkFeatureName } from "./names";
import { checkSource, type FeatureSource } from "./source";

/** One key of an entity: a column of the same name in every source table of the entity's views. */
export interface EntityKeyProps {
  readonly name: string;
  /** `string`, `int` or `long`. */
  readonly type: string;
  /** The key itself is personal data, for example an e-mail address. @default false */
  readonly pii?: boolean;
}

/** Something that features are about. */
export interface EntityProps {
  readonly name: string;
  /** One or more; SageMaker takes exactly one. Their order is that of composite look-ups. */
  readonly keys: readonly EntityKeyProps[];
  /** @default - none */
  readonly description?: string;
}

/** One feature. */
export interface FeatureProps {
  readonly name: string;
  /** Iceberg's notation: `boolean`, `long`, `double`, `string`, `timestamptz`, `list<float>` and so on. */
  readonly type: string;
  /** Column of the source table. @default - the name of the feature */
  readonly column?: string;
  /** Personal data: only for identities that are granted it. @default false */
  readonly pii?: boolean;
  /** Still served, but not for new models; may be dropped in the change after this one. @default false */
  readonly deprecated?: boolean;
  /** @default - none */
  readonly description?: string;
  /** Who answers questions about it. @default - the owner of the view */
  readonly owner?: string;
}

export type EmbeddingMetric = "cosine" | "dot" | "euclidean";

/** A vector of fixed length, in a `list<float>` column. */
export interface EmbeddingProps extends Omit<FeatureProps, "type"> {
  /** Elements of each vector: 1 to 8192. */
  readonly dimension: number;
  /** What the model that makes it was trained for. */
  readonly metric: EmbeddingMetric;
}

/** Features of one entity that come from one table and become true at one time. */
export interface FeatureViewProps {
  readonly name: string;
  /** Name of the entity. */
  readonly entity: string;
  readonly source: FeatureSource;
  /** @default - none, with `embeddings` */
  readonly features?: readonly FeatureProps[];
  /** @default - none, with `features` */
  readonly embeddings?: readonly EmbeddingProps[];
  /** Longest time from a commit to the source until the value is served, for example `30m`. */
  readonly freshness: string;
  /** Age of the event time after which a value is no longer served. Longer than `freshness`. @default - for ever */
  readonly ttl?: string;
  readonly owner: string;
  /** The view may be dropped in the change after this one. @default false */
  readonly deprecated?: boolean;
  /** @default - none */
  readonly description?: string;
}

export interface FeatureSchemaProps {
  readonly entities: readonly EntityProps[];
  readonly views: readonly FeatureViewProps[];
}

/** A key after validation. */
export interface EntityKey {
  readonly name: string;
  readonly type: FeatureType;
  readonly pii: boolean;
}

/** An entity after validation. */
export interface Entity {
  readonly name: string;
  readonly keys: readonly EntityKey[];
  readonly description?: string;
}

/** A feature or an embedding after validation. */
export interface Feature {
  readonly name: string;
  readonly type: FeatureType;
  /** Column of the source table. */
  readonly column: string;
  readonly pii: boolean;
  readonly deprecated: boolean;
  readonly description?: string;
  readonly owner: string;
  /** Set for embeddings. */
  readonly embedding?: { readonly dimension: number; readonly metric: EmbeddingMetric };
}

/** A view after validation. */
export interface FeatureView {
  readonly name: string;
  readonly entity: Entity;
  readonly source: FeatureSource;
  /** Features and embeddings, sorted by name. */
  readonly features: readonly Feature[];
  readonly freshnessSeconds: number;
  readonly ttlSeconds?: number;
  readonly owner: string;
  readonly deprecated: boolean;
  readonly description?: string;
}

const KEY_TYPES = ["string", "int", "long"];
const METRICS = ["cosine", "dot", "euclidean"] as const;
/** Longest vector that SageMaker holds: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_VectorConfig.html (read 2026-11) */
const MAX_DIMENSION = 8192;

function byName<T extends { readonly name: string }>(declared: readonly T[]): readonly T[] {
  return [...declared].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function resolveKey(problems: Problems, subject: string, key: EntityKeyProps): readonly EntityKey[] {
  const at = `${subject} key "${key.name}"`;
  checkFeatureName(problems, at, key.name);
  if (!problems.literal(`${at} type`, key.type, KEY_TYPES.join(", "))) {
    return [];
  }
  const type = parseFeatureType(key.type);
  if (type === undefined || type.list || !KEY_TYPES.includes(type.scalar)) {
    problems.add(FeatureErrors.UnsupportedKeyType, {
      subject: `${at} type`,
      given: key.type,
      allowed: KEY_TYPES.join(", "),
    });
    return [];
  }
  return [{ name: key.name, type, pii: key.pii ?? false }];
}

function resolveEntity(problems: Problems, entity: EntityProps): Entity {
  const subject = `entity "${entity.name}"`;
  checkFeatureName(problems, subject, entity.name);
  const keys = entity.keys ?? [];
  if (keys.length === 0) {
    problems.add(FeatureErrors.EntityWithoutKey, { subject, given: [], allowed: "one key or more" });
  }
  problems.unique(
    `${subject} keys`,
    keys.map((key) => key.name),
  );
  if (entity.description !== undefined) {
    checkText(problems, `${subject} description`, entity.description, "a sentence");
  }
  return {
    name: entity.name,
    keys: keys.flatMap((key) => resolveKey(problems, subject, key)),
    description: entity.description,
  };
}

function resolveFeature(
  problems: Problems,
  view: FeatureViewProps,
  feature: FeatureProps,
): readonly Feature[] {
  const at = `view "${view.name}" feature "${feature.name}"`;
  if (!problems.literal(`${at} type`, feature.type, FEATURE_TYPE_NOTATION)) {
    return [];
  }
  const type = parseFeatureType(feature.type);
  if (type === undefined) {
    problems.add(FeatureErrors.UnsupportedFeatureType, {
      subject: `${at} type`,
      given: feature.type,
      allowed: FEATURE_TYPE_NOTATION,
    });
    return [];
  }
  return [commonParts(problems, at, view, feature, type)];
}

function commonParts(
  problems: Problems,
  at: string,
  view: FeatureViewProps,
  feature: Omit<FeatureProps, "type">,
  type: FeatureType,
): Feature {
  checkFeatureName(problems, at, feature.name);
  if (feature.column !== undefined) {
    checkText(problems, `${at} column`, feature.column, "the name of a column of the source table");
  }
  if (feature.owner !== undefined) {
    checkText(problems, `${at} owner`, feature.owner, "who answers questions about it");
  }
  if (feature.description !== undefined) {
    checkText(problems, `${at} description`, feature.description, "a sentence");
  }
  return {
    name: feature.name,
    type,
    column: feature.column ?? feature.name,
    pii: feature.pii ?? false,
    deprecated: (feature.deprecated ?? false) || (view.deprecated ?? false),
    description: feature.description,
    owner: feature.owner ?? view.owner,
  };
}

function resolveEmbedding(problems: Problems, view: FeatureViewProps, embedding: EmbeddingProps): Feature {
  const at = `view "${view.name}" embedding "${embedding.name}"`;
  problems.literalInteger(`${at} dimension`, embedding.dimension, { min: 1, max: MAX_DIMENSION });
  problems.oneOf(`${at} metric`, embedding.metric, METRICS);
  const { dimension, metric } = embedding;
  return {
    ...commonParts(problems, at, view, embedding, EMBEDDING_TYPE),
    embedding: { dimension, metric },
  };
}

function checkTimes(problems: Problems, subject: string, view: FeatureViewProps): void {
  const known = checkDuration(problems, `${subject} freshness`, view.freshness);
  if (view.ttl !== undefined && checkDuration(problems, `${subject} ttl`, view.ttl) && known) {
    if (secondsOf(view.ttl)! <= secondsOf(view.freshness)!) {
      problems.add(CoreErrors.NumberOutOfRange, {
        subject: `${subject} ttl`,
        given: view.ttl,
        allowed: `longer than the freshness of ${view.freshness}, or values would be gone before the next ones come`,
      });
    }
  }
}

function resolveView(
  problems: Problems,
  entities: readonly Entity[],
  view: FeatureViewProps,
): readonly FeatureView[] {
  const subject = `view "${view.name}"`;
  checkFeatureName(problems, subject, view.name);
  checkText(problems, `${subject} owner`, view.owner, "who answers questions about it");
  if (view.description !== undefined) {
    checkText(problems, `${subject} description`, view.description, "a sentence");
  }
  checkTimes(problems, subject, view);
  checkSource(problems, subject, view.source);
  const features = [
    ...(view.features ?? []).flatMap((feature) => resolveFeature(problems, view, feature)),
    ...(view.embeddings ?? []).map((embedding) => resolveEmbedding(problems, view, embedding)),
  ];
  if ((view.features ?? []).length + (view.embeddings ?? []).length === 0) {
    problems.add(FeatureErrors.ViewWithoutFeatures, { subject, given: [], allowed: "one feature or more" });
  }
  const entity = entities.find(({ name }) => name === view.entity);
  if (entity === undefined) {
    problems.add(FeatureErrors.UnknownEntity, {
      subject: `${subject} entity`,
      given: view.entity,
      allowed: entities.map(({ name }) => name).join(", ") || "none: the schema has no entities",
    });
    return [];
  }
  problems.unique(`${subject} names of keys, event time and features`, [
    ...entity.keys.map(({ name }) => name),
    ...(view.source?.eventTime === undefined ? [] : [view.source.eventTime]),
    ...features.map(({ name }) => name),
  ]);
  return [
    {
      name: view.name,
      entity,
      source: view.source,
      features: byName(features),
      freshnessSeconds: secondsOf(view.freshness) ?? 0,
      ttlSeconds: view.ttl === undefined ? undefined : secondsOf(view.ttl),
      owner: view.owner,
      deprecated: view.deprecated ?? false,
      description: view.description,
    },
  ];
}

/** Entities, feature views and what is promised of them: the same at every site. A plain, frozen value. */
export interface FeatureSchema {
  /** Sorted by name. */
  readonly entities: readonly Entity[];
  /** Sorted by name. */
  readonly views: readonly FeatureView[];
}

export const FeatureSchema = {
  /**
   * Checks a schema and fills in defaults. Entities, views and features stand in no order of their own; keys do.
   *
   * @throws InvalidName, ReservedFeatureName, TokenNotAllowed, MissingValue, DuplicateValue, NotOneOf,
   *   NumberOutOfRange, InvalidDuration, EntityWithoutKey, UnknownEntity, ViewWithoutFeatures, UnsupportedKeyType,
   *   UnsupportedFeatureType, EventTimeMissing
   */
  of(props: FeatureSchemaProps): FeatureSchema {
    const problems = new Problems("FeatureSchema.of");
    requireObject(problems, "schema", props, "{ entities, views }");
    for (const list of ["entities", "views"] as const) {
      const given = checkList(problems, list, props[list], "a list");
      if (given && problems.required(list, props[list]?.[0], "one or more")) {
        problems.unique(
          list,
          props[list].map(({ name }) => name),
        );
      }
    }
    problems.throwIfAny();
    const entities = byName(props.entities.map((entity) => resolveEntity(problems, entity)));
    const views = byName(props.views.flatMap((view) => resolveView(problems, entities, view)));
    problems.throwIfAny();
    return frozen({ entities, views });
  },
} as const;

/** True if a record of the view holds personal data. */
export function holdsPii(view: FeatureView): boolean {
  return view.entity.keys.some(({ pii }) => pii) || view.features.some(({ pii }) => pii);
}
