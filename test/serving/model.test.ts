import { Token } from "cdktf";
import fc from "fast-check";
import { ServedModel, type ServedModelProps, Weights } from "../../lib";
import { COMMIT, codes, DIGEST, LLAMA_70B, model, QWEN_235B, refusal, WEIGHTS } from "./fixture";

const TOKEN = Token.asString({ resolve: () => "later" });
const NUMBER = Token.asNumber({ resolve: () => 1 });

function refused(changes: Partial<ServedModelProps> | object, name = "llama"): readonly string[] {
  return codes(() => ServedModel.of(name, { shape: LLAMA_70B, weights: WEIGHTS, ...changes } as never));
}

describe("a model", () => {
  test("is held in bf16, with the context that it was trained for and without adapters, unless said otherwise", () => {
    const plain = ServedModel.of("llama", { shape: LLAMA_70B, weights: WEIGHTS });
    expect(plain).toEqual({
      name: "llama",
      shape: LLAMA_70B,
      weights: WEIGHTS,
      precision: "bf16",
      cachePrecision: "bf16",
      contextTokens: 131_072,
      adapters: [],
    });
  });

  test("is a copy that nobody can change", () => {
    const shape = { ...QWEN_235B };
    const made = ServedModel.of("qwen", { shape, weights: WEIGHTS });
    (shape as { layers: number }).layers = 1;
    expect(made.shape.layers).toBe(94);
    expect(Object.isFrozen(made.shape.moe)).toBe(true);
  });

  test("may be named as its hub does", () => {
    expect(refused({}, "meta-llama/Llama-3.3-70B-Instruct")).toEqual([]);
    expect(refused({}, "a".repeat(128))).toEqual([]);
  });

  test.each([
    ["no name", "", "InvalidName"],
    ["a long name", "a".repeat(129), "InvalidName"],
    ["a name with a space", "my llama", "InvalidName"],
    ["a name that ends with a slash", "llama/", "InvalidName"],
    ["a name that only Terraform knows", TOKEN, "TokenNotAllowed"],
  ])("refuses %s", (_, name, code) => {
    expect(refused({}, name)).toEqual([code]);
  });

  test.each<[string, object, string]>([
    ["no shape", { shape: undefined }, "MissingValue"],
    ["a shape that is a text", { shape: "70B" }, "NotOneOf"],
    ["no parameters", { shape: { ...LLAMA_70B, params: 0 } }, "NotAQuantity"],
    ["endless parameters", { shape: { ...LLAMA_70B, params: Number.POSITIVE_INFINITY } }, "NotAQuantity"],
    ["half a layer", { shape: { ...LLAMA_70B, layers: 79.5 } }, "NumberOutOfRange"],
    ["no heads", { shape: { ...LLAMA_70B, attentionHeads: 0 } }, "NumberOutOfRange"],
    ["heads that only Terraform knows", { shape: { ...LLAMA_70B, kvHeads: NUMBER } }, "TokenNotAllowed"],
    ["no vocabulary", { shape: { ...LLAMA_70B, vocabulary: undefined } }, "NumberOutOfRange"],
    ["key heads that do not divide the others", { shape: { ...LLAMA_70B, kvHeads: 7 } }, "HeadsDoNotAgree"],
    ["a width that key heads do not divide", { shape: { ...LLAMA_70B, kvHidden: 1025 } }, "HeadsDoNotAgree"],
    ["a context of nothing", { contextTokens: 0 }, "NumberOutOfRange"],
    ["a context that only Terraform knows", { contextTokens: NUMBER }, "TokenNotAllowed"],
    ["a format that does not exist", { precision: "fp6" }, "NotOneOf"],
    ["a cache in a format of weights", { cachePrecision: "nvfp4" }, "CachePrecisionUnsupported"],
    ["a cache of 32 bits", { cachePrecision: "fp32" }, "CachePrecisionUnsupported"],
    ["no weights", { weights: undefined }, "MissingValue"],
    ["weights as a text", { weights: "s3://acme-models/llama" }, "NotOneOf"],
    ["weights of another kind", { weights: { kind: "tape" } }, "NotOneOf"],
    ["adapters that are no list", { adapters: "sql" }, "NotOneOf"],
    ["an adapter that is nothing", { adapters: [null] }, "MissingValue"],
  ])("refuses %s", (_, changes, code) => {
    expect(refused(changes)).toContain(code);
  });
});

describe("adapters", () => {
  const sql = { name: "sql", weights: WEIGHTS, rank: 16 };

  test("come with the model", () => {
    expect(model({ adapters: [sql] }).adapters).toEqual([sql]);
    expect(refused({ adapters: [{ ...sql, rank: 1 }] })).toEqual([]);
    expect(refused({ adapters: [{ ...sql, rank: 512 }] })).toEqual([]);
  });

  test.each<[string, object, string]>([
    ["of no rank", { ...sql, rank: 0 }, "NumberOutOfRange"],
    ["of too high a rank", { ...sql, rank: 513 }, "NumberOutOfRange"],
    ["without a usable name", { ...sql, name: "s q l" }, "InvalidName"],
    [
      "with weights nowhere",
      { ...sql, weights: { kind: "object-storage", uri: "nowhere" } },
      "WeightsAddressInvalid",
    ],
    ["named as the model", { ...sql, name: "llama" }, "DuplicateValue"],
  ])("%s are refused", (_, adapter, code) => {
    expect(refused({ adapters: [adapter] })).toEqual([code]);
  });

  test("may not share a name", () => {
    expect(refused({ adapters: [sql, sql] })).toEqual(["DuplicateValue"]);
  });
});

describe("weights", () => {
  test("in object storage, in an image and on a hub", () => {
    expect(Weights.objectStorage("gs://acme-models/llama/70b/")).toEqual({
      kind: "object-storage",
      uri: "gs://acme-models/llama/70b/",
    });
    expect(Weights.oci(`ghcr.io/acme/llama@${DIGEST}`)).toEqual({
      kind: "oci",
      image: `ghcr.io/acme/llama@${DIGEST}`,
      path: "/models",
    });
    const hub = Weights.hub("meta-llama/Llama-3.3-70B-Instruct", {
      revision: COMMIT,
      tokenSecret: "hub-token",
    });
    expect(hub).toEqual({
      kind: "hub",
      repository: "meta-llama/Llama-3.3-70B-Instruct",
      revision: COMMIT,
      tokenSecret: "hub-token",
    });
    expect(Weights.hub("a/b", { revision: COMMIT })).not.toHaveProperty("tokenSecret");
  });

  test("a bucket, and nothing else, may be known to Terraform alone", () => {
    expect(codes(() => Weights.objectStorage(`s3://${TOKEN}/llama`))).toEqual([]);
    expect(codes(() => Weights.objectStorage(TOKEN))).toEqual(["WeightsAddressInvalid"]);
    expect(codes(() => Weights.objectStorage(`s3://acme/${TOKEN}`))).toEqual(["WeightsAddressInvalid"]);
    expect(codes(() => Weights.oci(TOKEN))).toEqual(["TokenNotAllowed"]);
    expect(codes(() => Weights.hub(TOKEN, { revision: COMMIT }))).toEqual(["TokenNotAllowed"]);
  });

  test.each<[string, () => unknown, string]>([
    ["no address", () => Weights.objectStorage(""), "MissingValue"],
    ["a path on a disk", () => Weights.objectStorage("/models/llama"), "WeightsAddressInvalid"],
    ["another cloud's scheme", () => Weights.objectStorage("az://acme/llama"), "WeightsAddressInvalid"],
    ["a way out of the bucket", () => Weights.objectStorage("s3://acme/../other"), "WeightsAddressInvalid"],
    ["an image by tag", () => Weights.oci("ghcr.io/acme/llama:latest"), "WeightsAddressInvalid"],
    ["a relative path", () => Weights.oci(`ghcr.io/acme/llama@${DIGEST}`, "models"), "WeightsAddressInvalid"],
    ["a branch", () => Weights.hub("acme/llama", { revision: "main" }), "WeightsAddressInvalid"],
    ["no commit", () => Weights.hub("acme/llama", {} as never), "MissingValue"],
    [
      "an address as repository",
      () => Weights.hub("https://hf.co/acme/llama", { revision: COMMIT }),
      "WeightsAddressInvalid",
    ],
    [
      "a Secret with a capital",
      () => Weights.hub("a/b", { revision: COMMIT, tokenSecret: "Hub" }),
      "InvalidName",
    ],
  ])("refuse %s", (_, make, code) => {
    expect(codes(make)).toEqual([code]);
  });
});

describe("secrets as text", () => {
  // Put together here, so that no scanner takes this file for a leak.
  const hub = ["hf", "AbCdEfGhIjKlMnOpQrStUvWxYz"].join("_");
  const key = ["AKIA", "IOSFODNN7EXAMPLE"].join("");

  test.each<[string, () => unknown]>([
    [
      "a token of the hub where a Secret is meant",
      () => Weights.hub("a/b", { revision: COMMIT, tokenSecret: hub }),
    ],
    ["a token of the hub as repository", () => Weights.hub(hub, { revision: COMMIT })],
    ["credentials in an address", () => Weights.objectStorage("s3://user:secret@acme/llama")],
    ["a key in an address", () => Weights.objectStorage(`s3://${key}/llama`)],
    ["a signed address", () => Weights.objectStorage("s3://acme/llama?X-Amz-Signature=0123")],
    ["credentials of a registry", () => Weights.oci(`https://me:pass@ghcr.io/acme/llama@${DIGEST}`)],
  ])("%s", (_, make) => {
    expect(codes(make)).toEqual(["SecretAsText"]);
  });

  test("are not shown again", () => {
    const { message } = refusal(() => Weights.hub("a/b", { revision: COMMIT, tokenSecret: hub }));
    expect(message).not.toContain(hub);
    expect(message).toContain("not shown");
  });
});

test("whatever is given as a model is taken or refused with a code", () => {
  const value = fc.anything({ withNullPrototype: true });
  fc.assert(
    fc.property(fc.string(), value, value, value, (name, shape, weights, rest) => {
      const props = { ...(rest as object), shape, weights };
      expect(Array.isArray(codes(() => ServedModel.of(name, props as never)))).toBe(true);
    }),
  );
});
