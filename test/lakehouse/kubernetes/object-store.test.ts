import { Token } from "cdktf";
import {
  type NewRookObjectStoreProps,
  ObjectStore,
  type RookObjectStoreProps,
  type S3CompatibleProps,
} from "../../../lib/lakehouse/kubernetes/object-store";
import { captureValidationError } from "../../../lib/testing";

const TOKEN = Token.asString({ resolve: () => "text" });
const HOSTILE = "${file}";

describe("what jobs are named after and told is literal and of a safe form", () => {
  test.each<[string, Partial<S3CompatibleProps>]>([
    ["the name of the Secret", { credentialsSecret: { name: HOSTILE } }],
    ["its first key", { credentialsSecret: { name: "k", accessKeyIdKey: HOSTILE } }],
    ["its second key", { credentialsSecret: { name: "k", secretAccessKeyKey: ".." } }],
    ["the region", { region: "eu\ns3.endpoint=http://evil" }],
    ["a storage class", { tierClasses: { warm: HOSTILE } }],
    ["a bucket", { buckets: { raw: HOSTILE } }],
  ])("%s of an S3-compatible store", (_name, props) => {
    const base = { endpoint: "https://s3", credentialsSecret: { name: "k" } };
    expect(captureValidationError(() => ObjectStore.s3Compatible({ ...base, ...props })).codes).toEqual([
      "InvalidName",
    ]);
  });

  test("tokens in them are refused", () => {
    const store = () =>
      ObjectStore.s3Compatible({
        endpoint: "https://s3",
        region: TOKEN,
        tierClasses: { warm: TOKEN, cold: TOKEN, archive: TOKEN },
        credentialsSecret: { name: TOKEN, accessKeyIdKey: TOKEN, secretAccessKeyKey: TOKEN },
        buckets: { raw: TOKEN },
      });
    expect(captureValidationError(store).codes).toEqual(Array(8).fill("TokenNotAllowed"));
  });

  test.each<[string, Partial<RookObjectStoreProps>, readonly string[]]>([
    ["a namespace", { objectStore: { name: "s3", namespace: HOSTILE } }, ["InvalidName"]],
    ["a name", { objectStore: { name: "S3" } }, ["InvalidName"]],
    ["a storage class of the cluster", { storageClassName: HOSTILE }, ["InvalidName"]],
    ["no storage class of the cluster", { storageClassName: "" }, ["MissingValue"]],
    ["a region and tiers", { region: TOKEN, tierClasses: { cold: TOKEN } }, Array(2).fill("TokenNotAllowed")],
  ])("%s of a store of Rook", (_name, props, expected) => {
    const base = { storageClassName: "b", objectStore: { name: "s3" } };
    expect(captureValidationError(() => ObjectStore.rook({ ...base, ...props })).codes).toEqual(expected);
  });

  test.each<[string, Partial<NewRookObjectStoreProps>, readonly string[]]>([
    ["the operator's namespace", { rookNamespace: "Ceph" }, ["InvalidName"]],
    ["a region and tiers", { region: TOKEN, tierClasses: { cold: TOKEN } }, Array(2).fill("TokenNotAllowed")],
  ])("%s of a new store of Rook", (_name, props, expected) => {
    expect(
      captureValidationError(() => ObjectStore.newRook({ deviceFilter: "^sdb$", ...props })).codes,
    ).toEqual(expected);
  });
});
