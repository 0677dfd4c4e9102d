import type { TerraformStack } from "cdktf";
import { ValidationError } from "../core/errors";
import { type SynthesizedStack, synthStack } from "./synth";

type Attributes = Readonly<Record<string, unknown>>;

function without(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== "//"));
}

/** Exact questions about a synthesized stack: by type, by address, never "any one that fits a bit". */
export class Template {
  /** Synthesizes `stack`, validations included. */
  static of(stack: TerraformStack): Template {
    return new Template(synthStack(stack));
  }

  constructor(readonly json: SynthesizedStack) {}

  /** All resources of a type, by logical id. */
  resources(type: string): Readonly<Record<string, Attributes>> {
    return Object.fromEntries(
      Object.entries(this.json.resource?.[type] ?? {}).map(([id, attributes]) => [id, without(attributes)]),
    );
  }

  /**
   * The one resource of a type whose logical id holds `idPart`.
   *
   * @throws Error if there is none or more than one, with the ids that exist
   */
  resource(type: string, idPart = ""): Attributes {
    const all = Object.entries(this.resources(type));
    const [first, ...others] = all.filter(([id]) => id.includes(idPart));
    if (first === undefined || others.length > 0) {
      const ids = all.map(([id]) => id).join(", ") || "none";
      throw new Error(
        `expected exactly one ${type} whose id holds "${idPart}", found ${first ? others.length + 1 : 0}; ids: ${ids}`,
      );
    }
    return first[1];
  }

  /** Number of resources of a type. */
  count(type: string): number {
    return Object.keys(this.json.resource?.[type] ?? {}).length;
  }

  /** Kubernetes objects in `kubernetes_manifest` resources, by logical id. */
  manifests(): Readonly<Record<string, Attributes>> {
    return Object.fromEntries(
      Object.entries(this.resources("kubernetes_manifest")).map(([id, attributes]) => [
        id,
        attributes.manifest as Attributes,
      ]),
    );
  }

  /** The whole stack as text, for questions such as "holds no secret". */
  get text(): string {
    return JSON.stringify(this.json);
  }
}

/**
 * The ValidationError that `body` throws.
 *
 * @throws Error if it throws nothing or something else
 */
export function captureValidationError(body: () => unknown): ValidationError {
  try {
    body();
  } catch (error) {
    if (ValidationError.is(error)) {
      return error;
    }
    throw error;
  }
  throw new Error("expected a ValidationError, but nothing was thrown");
}
