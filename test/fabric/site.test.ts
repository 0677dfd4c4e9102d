import { Token } from "cdktf";
import fc from "fast-check";
import { type KubernetesOperator, Site } from "../../lib/fabric/site";
import { captureValidationError } from "../../lib/testing";
import { hostileText } from "../hostile-text";

const token = Token.asString({ a: 1 });
const codes = (body: () => unknown) => captureValidationError(body).codes;

const NAMES = {
  wrong: ["", "A", "1a", "a-", "a_b", "x".repeat(33)],
  right: ["a", "a-1", "x".repeat(32)],
};

describe("AWS", () => {
  test("a known region tells the country", () => {
    expect(Site.aws("ireland", { region: "eu-west-1" })).toEqual({
      kind: "aws",
      name: "ireland",
      region: "eu-west-1",
      country: "IE",
      account: undefined,
    });
  });

  test("a region that the catalogue does not know needs its country", () => {
    expect(codes(() => Site.aws("new", { region: "eu-new-9" }))).toEqual(["RegionCountryUnknown"]);
    expect(Site.aws("new", { region: "eu-new-9", country: "AT" })).toMatchObject({ country: "AT" });
  });

  test("a known region contradicts another country and agrees with its own", () => {
    const error = captureValidationError(() => Site.aws("x", { region: "eu-west-1", country: "DE" }));
    expect(error.codes).toEqual(["RegionCountryContradiction"]);
    expect(error.findings[0]).toMatchObject({ given: "DE", allowed: "IE, where eu-west-1 is" });
    expect(Site.aws("x", { region: "eu-west-1", country: "IE" }).country).toBe("IE");
  });

  test.each(["123456789012", "000000000000"])("accepts account %s", (account) => {
    expect(Site.aws("x", { region: "eu-west-1", account }).account).toBe(account);
  });

  test.each(["", "12345678901", "1234567890123", "12345678901a", "123456789012\n"])(
    "refuses account %j",
    (account) => {
      expect(codes(() => Site.aws("x", { region: "eu-west-1", account }))).toEqual(["InvalidAccount"]);
    },
  );

  test.each(["", "EU-WEST-1", "eu west 1", "europe", "eu-", "${x}-y", "x".repeat(41)])(
    "refuses the region %j, even with a country",
    (region) => {
      expect(codes(() => Site.aws("x", { region, country: "DE" }))).toEqual(["InvalidName"]);
    },
  );

  test("refuses tokens, all at once", () => {
    expect(codes(() => Site.aws(token, { region: token, account: token, country: token }))).toEqual([
      "TokenNotAllowed",
      "TokenNotAllowed",
      "TokenNotAllowed",
      "TokenNotAllowed",
    ]);
  });
});

describe("Google Cloud", () => {
  const props = { region: "europe-west4", project: "acme-ai" };

  test("a known region tells the country", () => {
    expect(Site.google("eemshaven", props)).toEqual({
      kind: "google",
      name: "eemshaven",
      region: "europe-west4",
      country: "NL",
      project: "acme-ai",
      projectNumber: undefined,
    });
    expect(Site.google("x", { ...props, projectNumber: "123" }).projectNumber).toBe("123");
  });

  test("unknown and contradicting countries", () => {
    expect(codes(() => Site.google("x", { ...props, region: "europe-west99" }))).toEqual([
      "RegionCountryUnknown",
    ]);
    expect(codes(() => Site.google("x", { ...props, country: "BE" }))).toEqual([
      "RegionCountryContradiction",
    ]);
    expect(codes(() => Site.google("x", { ...props, country: "EU" }))).toEqual([
      "InvalidCountry",
      "RegionCountryContradiction",
    ]);
  });

  test.each(["", "short", "Acme-ai", "1acme-ai", "acme-ai-", "x".repeat(31), "acme_ai"])(
    "refuses the project %j",
    (project) => {
      expect(codes(() => Site.google("x", { ...props, project }))).toEqual(["InvalidName"]);
    },
  );

  test.each(["sixsix", "x".repeat(30)])("accepts the project %s", (project) => {
    expect(Site.google("x", { ...props, project }).project).toBe(project);
  });

  test.each(["", "12a", "-1", "1".repeat(21)])("refuses the project number %j", (projectNumber) => {
    expect(codes(() => Site.google("x", { ...props, projectNumber }))).toEqual(["InvalidName"]);
  });

  test("refuses tokens", () => {
    expect(codes(() => Site.google("x", { region: token, project: token, projectNumber: token }))).toEqual([
      "TokenNotAllowed",
      "TokenNotAllowed",
      "TokenNotAllowed",
    ]);
  });
});

describe("Kubernetes", () => {
  const props = { country: "DE", kubeconfig: { context: "fra" } };

  test("on-prem by default", () => {
    expect(Site.kubernetes("frankfurt", props)).toEqual({
      kind: "kubernetes",
      name: "frankfurt",
      country: "DE",
      operator: "on-prem",
      kubeconfig: { context: "fra", path: undefined },
      oidcIssuer: undefined,
    });
  });

  test.each(["on-prem", "neocloud", "edge"] as const)("run by: %s", (operator) => {
    expect(Site.kubernetes("x", { ...props, operator }).operator).toBe(operator);
  });

  test("refuses another operator", () => {
    expect(codes(() => Site.kubernetes("x", { ...props, operator: "cloud" as KubernetesOperator }))).toEqual([
      "NotOneOf",
    ]);
  });

  test.each([
    ["", "MissingValue"],
    ["Germany", "InvalidCountry"],
    ["de", "InvalidCountry"],
    ["EU", "InvalidCountry"],
    [token, "TokenNotAllowed"],
  ])("refuses the country %j", (country, code) => {
    expect(codes(() => Site.kubernetes("x", { ...props, country }))).toEqual([code]);
  });

  test.each(["~/.kube/config", "kubeconfig", "./a/b", "../a"])("accepts the kubeconfig %s", (path) => {
    expect(Site.kubernetes("x", { ...props, kubeconfig: { context: "c", path } }).kubeconfig.path).toBe(path);
  });

  test.each([
    ["/etc/kubeconfig", "AbsoluteKubeconfigPath"],
    ["\\config", "AbsoluteKubeconfigPath"],
    ["C:\\config", "AbsoluteKubeconfigPath"],
    ["c:/config", "AbsoluteKubeconfigPath"],
    ["~bob/config", "AbsoluteKubeconfigPath"],
    ["~", "AbsoluteKubeconfigPath"],
    ["", "MissingValue"],
    [token, "TokenNotAllowed"],
  ])("refuses the kubeconfig %j", (path, code) => {
    expect(codes(() => Site.kubernetes("x", { ...props, kubeconfig: { context: "c", path } }))).toEqual([
      code,
    ]);
  });

  test.each([
    ["", "MissingValue"],
    [token, "TokenNotAllowed"],
  ])("refuses the context %j", (context, code) => {
    expect(codes(() => Site.kubernetes("x", { ...props, kubeconfig: { context } }))).toEqual([code]);
  });

  test.each(["https://a", "https://kube.acme.test:6443", "https://oidc.acme.test/cluster/fra"])(
    "accepts the issuer %s",
    (oidcIssuer) => {
      expect(Site.kubernetes("x", { ...props, oidcIssuer }).oidcIssuer).toBe(oidcIssuer);
    },
  );

  test.each([
    "",
    "https://",
    "http://a",
    "https://a/",
    "https://a/b/",
    "https://a//b",
    "https://a?b",
    "https://a#b",
    "https://user@a",
    "https://a b",
    "https://${x}",
    "a",
  ])("refuses the issuer %j", (oidcIssuer) => {
    expect(codes(() => Site.kubernetes("x", { ...props, oidcIssuer }))).toEqual(["InvalidIssuer"]);
  });

  test("refuses a token as issuer", () => {
    expect(codes(() => Site.kubernetes("x", { ...props, oidcIssuer: token }))).toEqual(["TokenNotAllowed"]);
  });
});

describe.each([
  ["aws", (name: string) => Site.aws(name, { region: "eu-west-1" })],
  ["google", (name: string) => Site.google(name, { region: "europe-west4", project: "acme-ai" })],
  ["kubernetes", (name: string) => Site.kubernetes(name, { country: "DE", kubeconfig: { context: "c" } })],
] as const)("every site: %s", (kind, make) => {
  test.each(NAMES.right)("may be named %s", (name) => {
    expect(make(name).name).toBe(name);
  });

  test.each(NAMES.wrong)("may not be named %j", (name) => {
    const error = captureValidationError(() => make(name));
    expect(error.codes).toEqual(["InvalidName"]);
    expect(error.where).toBe(`Site.${kind}("${name}")`);
  });

  test("is frozen, through and through", () => {
    const site = make("x");
    expect(Object.isFrozen(site)).toBe(true);
    expect(Object.values(site).every((value) => Object.isFrozen(value))).toBe(true);
  });

  test("survives hostile names", () => {
    fc.assert(
      fc.property(hostileText, (name) => {
        fc.pre(!/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name));
        expect(codes(() => make(name))).toEqual(["InvalidName"]);
      }),
    );
  });
});

test("a site does not change with the object it was made from", () => {
  const kubeconfig = { context: "before", path: "a" };
  const site = Site.kubernetes("x", { country: "DE", kubeconfig });
  kubeconfig.context = "after";
  expect(site.kubeconfig.context).toBe("before");
});
