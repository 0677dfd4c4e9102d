import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { TerraformStack, TerraformVariable } from "cdktf";
import { Site } from "../../lib/fabric/site";
import { GoogleNetwork, type GoogleNetworkProps } from "../../lib/network/google-network";
import { captureValidationError, Template, testApp } from "../../lib/testing";

const SITE = Site.google("eemshaven", {
  region: "europe-west4",
  project: "acme-ai",
  projectNumber: "123456",
});

function newStack(): TerraformStack {
  const stack = new TerraformStack(testApp(), "net");
  new GoogleProvider(stack, "google", { project: "acme-ai", region: "europe-west4" });
  return stack;
}

function network(props: Partial<GoogleNetworkProps> = {}, stack = newStack()) {
  const made = new GoogleNetwork(stack, "net", {
    site: SITE,
    namePrefix: "acme",
    nodesCidr: "10.0.0.0/20",
    podsCidr: "10.64.0.0/14",
    servicesCidr: "10.1.0.0/20",
    ...props,
  });
  return { made, template: () => Template.of(stack) };
}

const code = (props: Partial<GoogleNetworkProps>) => captureValidationError(() => network(props)).code;

describe("ranges", () => {
  test("are those of the nodes, and secondary ones of pods and services", () => {
    const { made, template } = network();
    expect(template().resource("google_compute_subnetwork")).toMatchObject({
      ip_cidr_range: "10.0.0.0/20",
      secondary_ip_range: [
        { range_name: "pods", ip_cidr_range: "10.64.0.0/14" },
        { range_name: "services", ip_cidr_range: "10.1.0.0/20" },
      ],
      private_ip_google_access: true,
      region: "europe-west4",
      project: "acme-ai",
    });
    expect([made.podsRangeName, made.servicesRangeName]).toEqual(["pods", "services"]);
    expect([made.nodesCidr, made.podsCidr]).toEqual(["10.0.0.0/20", "10.64.0.0/14"]);
  });

  test("have no address in common", () => {
    expect(code({ podsCidr: "10.0.0.0/14" })).toBe("RangesOverlap");
    expect(code({ servicesCidr: "10.0.8.0/21" })).toBe("RangesOverlap");
    expect(captureValidationError(() => network({ servicesCidr: "10.64.0.0/20" })).findings[0]).toMatchObject(
      {
        subject: "podsCidr and servicesCidr",
        given: "10.64.0.0/14 and 10.64.0.0/20",
      },
    );
    expect(() => network({ servicesCidr: "10.0.16.0/20" })).not.toThrow();
  });

  test("are as large as GKE takes them, and literal", () => {
    expect(code({ nodesCidr: "10.0.0.0/30" })).toBe("NumberOutOfRange");
    expect(code({ podsCidr: "10.64.0.0/25" })).toBe("NumberOutOfRange");
    expect(code({ servicesCidr: "10.1.0.0/28" })).toBe("NumberOutOfRange");
    expect(code({ nodesCidr: "10.0.0.1/20" })).toBe("InvalidCidr");
    expect(() =>
      network({ nodesCidr: "10.0.0.0/29", podsCidr: "10.64.0.0/24", servicesCidr: "10.1.0.0/27" }),
    ).not.toThrow();
    const stack = newStack();
    const token = new TerraformVariable(stack, "user", {}).stringValue;
    expect(captureValidationError(() => network({ podsCidr: token }, stack)).code).toBe("TokenNotAllowed");
  });
});

describe("security", () => {
  test("nothing is let in, and what is refused is logged", () => {
    const json = network().template();
    expect(json.resource("google_compute_firewall")).toMatchObject({
      direction: "INGRESS",
      deny: [{ protocol: "all" }],
      source_ranges: ["0.0.0.0/0"],
      priority: 65534,
      log_config: { metadata: "INCLUDE_ALL_METADATA" },
    });
    expect(json.resource("google_compute_network")).toMatchObject({ auto_create_subnetworks: false });
  });

  test("there is no way out unless one is asked for", () => {
    expect(network().template().count("google_compute_router_nat")).toBe(0);
    expect(network({ nat: false }).template().count("google_compute_router")).toBe(0);
    const json = network({ nat: { minPortsPerVm: 256 } }).template();
    expect(json.resource("google_compute_router_nat")).toMatchObject({
      nat_ip_allocate_option: "AUTO_ONLY",
      source_subnetwork_ip_ranges_to_nat: "LIST_OF_SUBNETWORKS",
      min_ports_per_vm: 256,
      log_config: { enable: true, filter: "ERRORS_ONLY" },
    });
    expect(code({ nat: { minPortsPerVm: 100 } })).toBe("NotOneOf");
  });

  test("connections are logged, by sample", () => {
    const log = (flowLogs?: GoogleNetworkProps["flowLogs"]) =>
      network({ flowLogs }).template().resource("google_compute_subnetwork").log_config;
    expect(log()).toEqual({
      aggregation_interval: "INTERVAL_5_MIN",
      flow_sampling: 0.5,
      metadata: "INCLUDE_ALL_METADATA",
    });
    expect(log({ sampling: 1, interval: "5_SEC" })).toMatchObject({
      aggregation_interval: "INTERVAL_5_SEC",
      flow_sampling: 1,
    });
    expect(log(false)).toBeUndefined();
    expect(code({ flowLogs: { sampling: 0 } })).toBe("NumberOutOfRange");
    expect(code({ flowLogs: { sampling: 1.1 } })).toBe("NumberOutOfRange");
    expect(code({ flowLogs: { interval: "2_MIN" as "1_MIN" } })).toBe("NotOneOf");
  });
});

test("packets are as large as Google carries them, or smaller", () => {
  expect(network().template().resource("google_compute_network").mtu).toBe(8896);
  expect(network({ mtu: 1460 }).template().resource("google_compute_network").mtu).toBe(1460);
  expect(code({ mtu: 1299 })).toBe("NumberOutOfRange");
  expect(code({ mtu: 8897 })).toBe("NumberOutOfRange");
});
