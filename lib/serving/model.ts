import { CoreErrors } from "../core/errors";
import { type NameRule, Problems } from "../core/problems";
import { isToken } from "../core/tokens";
import { frozen } from "../fabric/frozen";
import { checkCount } from "../fabric/quantities";
import { isObject, requireObject } from "../fabric/untyped";
import { checkModel } from "../placement/model-shape";
import { ServingErrors } from "./errors";
import type {
  LoraAdapter,
  NumberFormat,
  ServedModelShape,
  ServedModel as ServedModelValue,
  Weights as WeightsValue,
} from "./serving";
import { checkWeights } from "./weights";

const FORMATS: readonly NumberFormat[] = ["fp32", "bf16", "fp16", "fp8", "int8", "int4", "nvfp4", "mxfp4"];
const CACHE_FORMATS: readonly NumberFormat[] = ["bf16", "fp16", "fp8", "int8"];
const MOST_RANK = 512;
/** Labels and metrics carry it, so it may not be long; slashes and dots are usual: `meta-llama/Llama-3.3-70B-Instruct`. */
const MODEL_NAME: NameRule = {
  pattern: /^[A-Za-z0-9]([A-Za-z0-9._/:-]*[A-Za-z0-9])?$/,
  maxLength: 128,
  form: "1 to 128 letters, digits, dots, hyphens, underscores, slashes and colons, with a letter or digit at both ends",
};

export type ServedModel = ServedModelValue;
export type Weights = WeightsValue;

export interface ServedModelProps {
  /** Copied from the model's config.json; see `ServedModelShape`. */
  readonly shape: ServedModelShape;
  readonly weights: Weights;
  /** Of the weights. @default "bf16" */
  readonly precision?: NumberFormat;
  /** Of the key/value cache: bf16, fp16, fp8 or int8. @default "bf16" */
  readonly cachePrecision?: NumberFormat;
  /** Most tokens of prompt and answer together. @default - `shape.sequence` */
  readonly contextTokens?: number;
  /** Each has a name of its own. Kept in memory together. @default - none */
  readonly adapters?: readonly LoraAdapter[];
}

function checkHeads(problems: Problems, shape: ServedModelShape): void {
  const counted = [
    checkCount(problems, "shape.attentionHeads", shape.attentionHeads),
    checkCount(problems, "shape.kvHeads", shape.kvHeads),
    checkCount(problems, "shape.vocabulary", shape.vocabulary),
  ].every(Boolean);
  if (!counted) {
    return;
  }
  if (shape.attentionHeads % shape.kvHeads !== 0) {
    const allowed = `a divisor of attentionHeads (${shape.attentionHeads})`;
    problems.add(ServingErrors.HeadsDoNotAgree, { subject: "shape.kvHeads", given: shape.kvHeads, allowed });
  }
  if (shape.kvHidden % shape.kvHeads !== 0) {
    const allowed = `a multiple of kvHeads (${shape.kvHeads})`;
    problems.add(ServingErrors.HeadsDoNotAgree, {
      subject: "shape.kvHidden",
      given: shape.kvHidden,
      allowed,
    });
  }
}

function checkAdapters(problems: Problems, model: string, adapters: readonly LoraAdapter[]): void {
  adapters.forEach((adapter, index) => {
    const at = `adapters[${index}]`;
    if (!isObject(adapter)) {
      problems.required(at, undefined, "{ name, weights, rank }");
      return;
    }
    problems.name(`${at}.name`, adapter.name, MODEL_NAME);
    problems.literalInteger(`${at}.rank`, adapter.rank, { min: 1, max: MOST_RANK });
    checkWeights(problems, `${at}.weights`, adapter.weights);
  });
  // Requests tell model and adapters apart by name alone.
  problems.unique("adapters", [model, ...adapters.map((adapter) => adapter?.name)]);
}

export const ServedModel = {
  /**
   * A model as it is served.
   *
   * @param name by which requests ask for it, such as `llama-3.3-70b`
   * @throws InvalidName, MissingValue, NotAQuantity, NumberOutOfRange, NotOneOf, DuplicateValue, TokenNotAllowed,
   *   HeadsDoNotAgree, CachePrecisionUnsupported, WeightsAddressInvalid, SecretAsText
   */
  of(name: string, props: ServedModelProps): ServedModel {
    const problems = new Problems(`ServedModel.of("${isToken(name) ? "a token" : name}")`);
    problems.name("name", name, MODEL_NAME);
    requireObject(problems, "props", props, "{ shape, weights }");
    requireObject(problems, "shape", props.shape, "numbers of the model's config.json");
    const { shape, weights, precision = "bf16", cachePrecision = "bf16", adapters = [] } = props;
    const contextTokens = props.contextTokens ?? shape.sequence;
    checkModel(problems, shape);
    checkHeads(problems, shape);
    problems.literalInteger("contextTokens", contextTokens, { min: 1, max: 100_000_000 });
    problems.oneOf("precision", precision, FORMATS);
    if (
      problems.oneOf("cachePrecision", cachePrecision, FORMATS) &&
      !CACHE_FORMATS.includes(cachePrecision)
    ) {
      problems.add(ServingErrors.CachePrecisionUnsupported, {
        subject: "cachePrecision",
        given: cachePrecision,
        allowed: CACHE_FORMATS.join(", "),
      });
    }
    checkWeights(problems, "weights", weights);
    if (!Array.isArray(adapters)) {
      problems.add(CoreErrors.NotOneOf, { subject: "adapters", given: adapters, allowed: "a list" });
    } else {
      checkAdapters(problems, name, adapters);
    }
    problems.throwIfAny();
    return frozen({ name, shape, weights, precision, cachePrecision, contextTokens, adapters });
  },
} as const;

function made<W extends Weights>(where: string, weights: W): W {
  const problems = new Problems(where);
  checkWeights(problems, "weights", weights);
  problems.throwIfAny();
  return frozen(weights);
}

export const Weights = {
  /**
   * Files in object storage.
   *
   * @param uri `s3://bucket/path` or `gs://bucket/path`; a bucket may be a token
   * @throws WeightsAddressInvalid, SecretAsText, MissingValue
   */
  objectStorage(uri: string): Extract<Weights, { kind: "object-storage" }> {
    return made("Weights.objectStorage", { kind: "object-storage", uri });
  },

  /**
   * An OCI image that holds the weights.
   *
   * @param image by digest: `registry/name@sha256:…`
   * @param path directory inside the image. @default "/models"
   * @throws WeightsAddressInvalid, SecretAsText, MissingValue, TokenNotAllowed
   */
  oci(image: string, path = "/models"): Extract<Weights, { kind: "oci" }> {
    return made("Weights.oci", { kind: "oci", image, path });
  },

  /**
   * A repository of Hugging Face at one commit: a branch may hold other weights tomorrow.
   *
   * @param repository `organisation/model`
   * @param props.revision commit, 40 hexadecimal digits
   * @param props.tokenSecret name of a Secret with the key `token`, in the namespace of the endpoint. @default - public model
   * @throws WeightsAddressInvalid, SecretAsText, MissingValue, InvalidName, TokenNotAllowed
   */
  hub(
    repository: string,
    props: { readonly revision: string; readonly tokenSecret?: string },
  ): Extract<Weights, { kind: "hub" }> {
    return made("Weights.hub", {
      kind: "hub",
      repository,
      revision: props?.revision,
      ...(props?.tokenSecret === undefined ? {} : { tokenSecret: props.tokenSecret }),
    });
  },
} as const;
