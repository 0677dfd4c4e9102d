import { Token } from "cdktf";
import { ValidationError } from "../../lib/core/errors";
import { Problems } from "../../lib/core/problems";
import {
  type ComponentVersions,
  checkCompatibility,
  VERSIONS_THAT_FIT,
} from "../../lib/kubernetes/compatibility";

/** What is refused, as `component version: other version`. */
function refused(versions: ComponentVersions): readonly string[] {
  const problems = new Problems("test");
  checkCompatibility(problems, "versions", versions);
  try {
    problems.throwIfAny();
    return [];
  } catch (error) {
    if (!ValidationError.is(error)) {
      throw error;
    }
    return error.findings.map(({ error: { code }, subject, given }) => `${code} ${subject}, ${given}`);
  }
}

describe("versions that cannot live together", () => {
  test("the set that KServe was tested with fits", () => {
    expect(refused(VERSIONS_THAT_FIT)).toEqual([]);
  });

  test.each<[string, ComponentVersions, readonly string[]]>([
    [
      "Envoy AI Gateway 1.1 on Envoy Gateway 1.9",
      { "envoy-ai-gateway": "v1.1.0", "envoy-gateway": "v1.9.0" },
      ["ComponentsDoNotFit versions: envoy-ai-gateway v1.1.0, envoy-gateway v1.9.0"],
    ],
    [
      "Envoy Gateway 1.9 with Gateway API 1.5",
      { "envoy-gateway": "1.9.0", "gateway-api": "1.5.1" },
      ["ComponentsDoNotFit versions: envoy-gateway 1.9.0, gateway-api 1.5.1"],
    ],
    [
      "KServe 0.20 with InferencePools of an extension that moved on",
      { kserve: "0.20.0", "inference-extension": "1.6.0" },
      ["ComponentsDoNotFit versions: kserve 0.20.0, inference-extension 1.6.0"],
    ],
    [
      "KServe 0.20 on an old Kubernetes",
      { kserve: "0.20.0", kubernetes: "1.31" },
      ["ComponentsDoNotFit versions: kserve 0.20.0, kubernetes 1.31"],
    ],
    [
      "KServe 0.20 with an old LeaderWorkerSet",
      { kserve: "0.20.0", "leader-worker-set": "0.7.0" },
      ["ComponentsDoNotFit versions: kserve 0.20.0, leader-worker-set 0.7.0"],
    ],
    [
      "a picker for InferenceObjectives of llm-d on an old extension",
      { "llm-d-router": "0.10.0", "inference-extension": "1.4.0" },
      ["ComponentsDoNotFit versions: llm-d-router 0.10.0, inference-extension 1.4.0"],
    ],
  ])("refused: %s", (_, versions, expected) => {
    expect(refused(versions)).toEqual(expected);
  });

  test("bounds: the first version of a range fits, the one below does not", () => {
    const gateway = (version: string) => refused({ "envoy-ai-gateway": "1.0.0", "envoy-gateway": version });
    expect(gateway("1.8.1")).toEqual([]);
    expect(gateway("1.8.0")).toHaveLength(1);
    expect(gateway("1.8.99")).toEqual([]);
    // By numbers, not by text.
    expect(gateway("1.10.0")).toHaveLength(1);
  });

  test("what the table does not know is not judged", () => {
    expect(refused({ "envoy-gateway": "2.0.0", "gateway-api": "1.0.0" })).toEqual([]);
    expect(refused({ "envoy-gateway": "1.9.0" })).toEqual([]);
  });

  test("a version must be a literal version of a known component", () => {
    expect(refused({ kserve: "latest" })).toEqual(["InvalidName versions.kserve, latest"]);
    expect(refused({ kserve: Token.asString({ resolve: () => "0.20.0" }) })[0]).toMatch(/^TokenNotAllowed/);
    expect(refused({ istio: "1.27" } as unknown as ComponentVersions)[0]).toMatch(/^NotOneOf/);
  });
});
