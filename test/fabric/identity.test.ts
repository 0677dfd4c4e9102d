import { Token } from "cdktf";
import fc from "fast-check";
import { Identity } from "../../lib/fabric/identity";
import { captureValidationError } from "../../lib/testing";
import { hostileText } from "../hostile-text";

const token = Token.asString({ a: 1 });
const codes = (body: () => unknown) => captureValidationError(body).codes;
const ARN = "arn:aws:iam::111122223333:role/analysts";
const EMAIL = "etl@acme-ai.iam.gserviceaccount.com";

test("an IAM role", () => {
  expect(Identity.awsRole("analysts", ARN)).toEqual({ kind: "aws-role", name: "analysts", roleArn: ARN });
});

test.each([
  ARN,
  "arn:aws-cn:iam::111122223333:role/a",
  "arn:aws-us-gov:iam::111122223333:role/path/to/a+b=c,d.e@f-g",
  token,
  `${token}x`,
])("accepts the role %#", (roleArn) => {
  expect(Identity.awsRole("a", roleArn).roleArn).toBe(roleArn);
});

test.each([
  ["", "MissingValue"],
  ["analysts", "InvalidPrincipal"],
  ["arn:aws:iam::111122223333:user/a", "InvalidPrincipal"],
  ["arn:aws:iam::1:role/a", "InvalidPrincipal"],
  ["arn:aws:iam::111122223333:role/", "InvalidPrincipal"],
  ["arn:aws:iam::111122223333:role/*", "InvalidPrincipal"],
  ["arn:aws:iam::111122223333:role/${x}", "InvalidPrincipal"],
  ["*", "InvalidPrincipal"],
])("refuses the role %j", (roleArn, code) => {
  expect(codes(() => Identity.awsRole("a", roleArn))).toEqual([code]);
});

describe.each([
  ["googleServiceAccount", "serviceAccount"],
  ["googleGroup", "group"],
] as const)("%s", (make, prefix) => {
  test("is a member with its prefix", () => {
    expect(Identity[make]("etl", EMAIL)).toEqual({
      kind: "google-member",
      name: "etl",
      member: `${prefix}:${EMAIL}`,
    });
  });

  test("may be a token, which stays one", () => {
    expect(Identity[make]("etl", token).member).toBe(`${prefix}:${token}`);
  });

  test.each([
    ["", "MissingValue"],
    ["etl", "InvalidPrincipal"],
    [`serviceAccount:${EMAIL}`, "InvalidPrincipal"],
    ["a@b", "InvalidPrincipal"],
    ["a b@c.test", "InvalidPrincipal"],
    ["allUsers", "InvalidPrincipal"],
    ["${x}@c.test", "InvalidPrincipal"],
  ])("refuses the address %j", (email, code) => {
    const error = captureValidationError(() => Identity[make]("etl", email));
    expect(error.codes).toEqual([code]);
    expect(error.where).toBe(`Identity.${make}("etl")`);
  });
});

test("no identity has the name that every object of JavaScript has: ids are made of it", () => {
  const props = { namespace: "spark", serviceAccount: "etl" };
  const make = () => Identity.kubernetesServiceAccount("constructor", props);
  expect(captureValidationError(make).codes).toEqual(["InvalidName"]);
});

describe("a service account of a cluster", () => {
  const props = { namespace: "spark", serviceAccount: "etl" };

  test("with and without an issuer", () => {
    expect(Identity.kubernetesServiceAccount("etl", props)).toEqual({
      kind: "kubernetes-service-account",
      name: "etl",
      namespace: "spark",
      serviceAccount: "etl",
      issuer: undefined,
    });
    const issuer = "https://oidc.acme.test/fra";
    expect(Identity.kubernetesServiceAccount("etl", { ...props, issuer }).issuer).toBe(issuer);
  });

  test.each([
    ["namespace", "", "InvalidName"],
    ["namespace", "A", "InvalidName"],
    ["namespace", "a.b", "InvalidName"],
    ["namespace", "x".repeat(64), "InvalidName"],
    ["namespace", token, "TokenNotAllowed"],
    ["serviceAccount", "*", "InvalidName"],
    ["serviceAccount", "a..b", "InvalidName"],
    ["serviceAccount", "x".repeat(254), "InvalidName"],
    ["serviceAccount", token, "TokenNotAllowed"],
    ["issuer", "http://a", "InvalidIssuer"],
    ["issuer", "https://a/", "InvalidIssuer"],
    ["issuer", token, "TokenNotAllowed"],
  ])("refuses %s %j", (key, value, code) => {
    expect(codes(() => Identity.kubernetesServiceAccount("etl", { ...props, [key]: value }))).toEqual([code]);
  });

  test.each([
    ["namespace", "x".repeat(63)],
    ["serviceAccount", "team.etl-1"],
    ["serviceAccount", "x".repeat(253)],
  ])("accepts %s %j", (key, value) => {
    expect(Identity.kubernetesServiceAccount("etl", { ...props, [key]: value })).toMatchObject({
      [key]: value,
    });
  });
});

describe.each([
  ["awsRole", (name: string) => Identity.awsRole(name, ARN)],
  ["googleServiceAccount", (name: string) => Identity.googleServiceAccount(name, EMAIL)],
  ["googleGroup", (name: string) => Identity.googleGroup(name, EMAIL)],
  [
    "kubernetesServiceAccount",
    (name: string) => Identity.kubernetesServiceAccount(name, { namespace: "n", serviceAccount: "s" }),
  ],
] as const)("every identity: %s", (_kind, make) => {
  test("is frozen", () => {
    expect(Object.isFrozen(make("x"))).toBe(true);
  });

  test("has a literal name of the common form, because the name becomes part of ids", () => {
    expect(codes(() => make(token))).toEqual(["TokenNotAllowed"]);
    fc.assert(
      fc.property(hostileText, (name) => {
        fc.pre(!/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name));
        expect(codes(() => make(name))).toEqual(["InvalidName"]);
      }),
    );
  });
});
