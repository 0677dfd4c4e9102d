import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformStack, TerraformVariable } from "cdktf";
import { Site } from "../../lib/fabric/site";
import type { AwsNetworkAttributes } from "../../lib/network/aws-imported-network";
import { AwsNetwork, type AwsNetworkProps } from "../../lib/network/aws-network";
import { captureValidationError, Template, testApp } from "../../lib/testing";

const ACCOUNT = "111122223333";
const SITE = Site.aws("ireland", { region: "eu-west-1", account: ACCOUNT });

function newStack(): TerraformStack {
  const stack = new TerraformStack(testApp(), "net");
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  return stack;
}

function network(props: Partial<AwsNetworkProps> = {}, stack = newStack()) {
  const made = new AwsNetwork(stack, "net", {
    site: SITE,
    namePrefix: "acme",
    cidrBlock: "10.20.0.0/16",
    availabilityZones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
    ...props,
  });
  return { made, template: () => Template.of(stack) };
}

const refused = (props: Partial<AwsNetworkProps>) => captureValidationError(() => network(props));
const ranges = (props: Partial<AwsNetworkProps> = {}) =>
  Object.values(network(props).template().resources("aws_subnet")).map((subnet) => subnet.cidr_block);

describe("subnets", () => {
  test("are cut from the range one after the other, with room for eight zones", () => {
    expect(ranges()).toEqual(["10.20.0.0/19", "10.20.32.0/19", "10.20.64.0/19"]);
  });

  test("keep their ranges when a zone is added at the end", () => {
    const zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];
    expect(ranges({ availabilityZones: zones.slice(0, 2) })).toEqual(
      ranges({ availabilityZones: zones }).slice(0, 2),
    );
  });

  test("can be smaller", () => {
    expect(ranges({ subnetPrefixLength: 24 })).toEqual(["10.20.0.0/24", "10.20.1.0/24", "10.20.2.0/24"]);
  });

  test("high addresses are cut without overflow", () => {
    expect(ranges({ cidrBlock: "223.255.254.0/24", subnetPrefixLength: 28 })).toEqual([
      "223.255.254.0/28",
      "223.255.254.16/28",
      "223.255.254.32/28",
    ]);
  });

  test("are private: no public address, no gateway to the internet, one empty route table", () => {
    const { made, template } = network();
    expect(template().resource("aws_subnet", "1a")).toMatchObject({
      availability_zone: "eu-west-1a",
      map_public_ip_on_launch: false,
    });
    expect(Object.keys(template().json.resource!)).not.toContain("aws_internet_gateway");
    expect(template().resource("aws_route_table")).not.toHaveProperty("route");
    expect(template().count("aws_route_table_association")).toBe(3);
    expect(made.privateSubnetIds).toHaveLength(3);
  });
});

describe("security", () => {
  test("the default security group lets nothing in or out", () => {
    const group = network().template().resource("aws_default_security_group");
    expect(group).not.toHaveProperty("ingress");
    expect(group).not.toHaveProperty("egress");
  });

  test("S3 is reached by principals of the account, in buckets of known accounts", () => {
    const policy = (props = {}) =>
      JSON.parse(network(props).template().resource("aws_vpc_endpoint", "net_s3").policy as string)
        .Statement[0].Condition;
    expect(policy()).toEqual({
      StringEquals: { "aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": [ACCOUNT] },
    });
    expect(policy({ s3Accounts: ["999900001111"] })).toEqual({
      StringEquals: { "aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": [ACCOUNT, "999900001111"] },
    });
  });

  test("services have addresses inside the network, reached by HTTPS from it", () => {
    const template = network().template();
    const services = Object.values(template.resources("aws_vpc_endpoint"))
      .filter((endpoint) => endpoint.vpc_endpoint_type === "Interface")
      .map((endpoint) => endpoint.service_name);
    expect(services).toEqual(
      ["glue", "kms", "lakeformation", "logs", "sts"].map((name) => `com.amazonaws.eu-west-1.${name}`),
    );
    expect(template.resource("aws_vpc_endpoint", "glue")).toMatchObject({
      private_dns_enabled: true,
      subnet_ids: [expect.any(String), expect.any(String), expect.any(String)],
    });
    expect(template.resource("aws_vpc_security_group_ingress_rule")).toMatchObject({
      cidr_ipv4: "10.20.0.0/16",
      from_port: 443,
      to_port: 443,
    });
  });

  test("services can be chosen, by full name too, or left out", () => {
    const chosen = network({ interfaceEndpoints: ["ecr.api", "cn.com.amazonaws.x.glue"] }).template();
    expect(
      Object.values(chosen.resources("aws_vpc_endpoint"))
        .map((endpoint) => endpoint.service_name)
        .sort(),
    ).toEqual(["cn.com.amazonaws.x.glue", "com.amazonaws.eu-west-1.ecr.api", "com.amazonaws.eu-west-1.s3"]);
    const none = network({ interfaceEndpoints: [] }).template();
    expect(none.count("aws_vpc_endpoint")).toBe(1);
    expect(none.count("aws_security_group")).toBe(0);
  });
});

describe("flow log", () => {
  test("keeps every connection for a year, encrypted with a key that only its log group uses", () => {
    const template = network().template();
    expect(template.resource("aws_flow_log")).toMatchObject({
      traffic_type: "ALL",
      log_destination_type: "cloud-watch-logs",
    });
    expect(template.resource("aws_cloudwatch_log_group")).toMatchObject({
      name: "/aws/vpc/acme",
      retention_in_days: 365,
      kms_key_id: expect.stringContaining("aws_kms_key.net_flow-logs"),
    });
    const [, logs] = JSON.parse(template.resource("aws_kms_key").policy as string).Statement;
    expect(logs.Condition).toEqual({
      ArnEquals: {
        "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:eu-west-1:${ACCOUNT}:log-group:/aws/vpc/acme`,
      },
    });
  });

  test("takes retention and key, and can be switched off", () => {
    const template = network({
      flowLogs: { retentionDays: 30, encryptionKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/1" },
    }).template();
    expect(template.resource("aws_cloudwatch_log_group")).toMatchObject({
      retention_in_days: 30,
      kms_key_id: "arn:aws:kms:eu-west-1:111122223333:key/1",
    });
    expect(template.count("aws_kms_key")).toBe(0);
    const none = network({ flowLogs: false }).template();
    expect(none.count("aws_flow_log")).toBe(0);
    expect(none.count("aws_cloudwatch_log_group")).toBe(0);
  });

  test("refuses a retention that CloudWatch does not know", () => {
    expect(refused({ flowLogs: { retentionDays: 10 } }).codes).toEqual(["NotOneOf"]);
  });
});

describe("what AWS would refuse", () => {
  test.each<[string, Partial<AwsNetworkProps>, string]>([
    ["no range", { cidrBlock: "10.20.0.0" }, "InvalidCidr"],
    ["host bits", { cidrBlock: "10.20.0.1/16" }, "InvalidCidr"],
    ["a range above /16", { cidrBlock: "10.0.0.0/15" }, "NumberOutOfRange"],
    ["a range below /28", { cidrBlock: "10.0.0.0/29" }, "NumberOutOfRange"],
    ["subnets below /28", { cidrBlock: "10.0.0.0/26" }, "NetworkTooSmall"],
    ["more subnets than fit", { cidrBlock: "10.0.0.0/24", subnetPrefixLength: 25 }, "NetworkTooSmall"],
    [
      "subnets larger than the network",
      { cidrBlock: "10.0.0.0/24", subnetPrefixLength: 20 },
      "NetworkTooSmall",
    ],
    ["no zone", { availabilityZones: [] }, "MissingValue"],
    ["a zone twice", { availabilityZones: ["eu-west-1a", "eu-west-1a"] }, "DuplicateValue"],
    ["a zone elsewhere", { availabilityZones: ["eu-central-1a"] }, "ZoneOutsideRegion"],
    ["an odd zone", { availabilityZones: ["eu-west-1"] }, "InvalidName"],
    ["an odd service", { interfaceEndpoints: ["Glue!"] }, "InvalidName"],
    ["a service twice", { interfaceEndpoints: ["glue", "glue"] }, "DuplicateValue"],
    ["an odd account", { s3Accounts: ["1"] }, "InvalidName"],
    ["an account twice", { s3Accounts: [ACCOUNT, ACCOUNT] }, "DuplicateValue"],
    ["an odd prefix", { namePrefix: "Acme_" }, "InvalidName"],
    ["a subnet size that does not exist", { subnetPrefixLength: 24.5 }, "NumberOutOfRange"],
  ])("%s is refused", (_, props, code) => {
    expect(refused(props).codes).toContain(code);
  });

  test("four subnets of /28 fill a /26, five do not fit", () => {
    const zones = ["a", "b", "c", "d", "e"].map((letter) => `eu-west-1${letter}`);
    const build = (count: number) =>
      network({ cidrBlock: "10.0.0.0/26", subnetPrefixLength: 28, availabilityZones: zones.slice(0, count) });
    expect(() => build(4)).not.toThrow();
    expect(captureValidationError(() => build(5)).codes).toEqual(["NetworkTooSmall"]);
  });

  test("a token as range is refused, because subnets are cut from it", () => {
    const token = new TerraformVariable(newStack(), "v", { type: "string" }).stringValue;
    expect(refused({ cidrBlock: token }).codes).toEqual(["TokenNotAllowed"]);
  });

  test("China has no rule for service names, so they must be given", () => {
    const site = Site.aws("beijing", { region: "cn-north-1", account: ACCOUNT });
    const props = { site, availabilityZones: ["cn-north-1a"] };
    expect(refused(props).codes).toEqual(["MissingValue"]);
    expect(() => network({ ...props, interfaceEndpoints: [] })).not.toThrow();
  });
});

describe("a way to the internet", () => {
  const SIX = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];

  test("is not there unless it is asked for", () => {
    const { made, template } = network();
    expect(made.internetEgress).toBe(false);
    for (const type of ["aws_internet_gateway", "aws_nat_gateway", "aws_eip", "aws_route"]) {
      expect(template().count(type)).toBe(0);
    }
  });

  test("by one NAT gateway for all zones, in a subnet with nothing else", () => {
    const { made, template } = network({ internetEgress: "single-nat" });
    const json = template();
    expect(json.count("aws_nat_gateway")).toBe(1);
    expect(json.resource("aws_subnet", "public-eu-west-1a")).toMatchObject({
      cidr_block: "10.20.255.240/28",
      map_public_ip_on_launch: false,
    });
    expect(json.count("aws_route")).toBe(2);
    expect(made.privateSubnetIds).toHaveLength(3);
    expect(made.internetEgress).toBe(true);
  });

  test("by one in each zone, where each zone has its own routes", () => {
    const json = network({ internetEgress: "nat-per-zone" }).template();
    expect(json.count("aws_nat_gateway")).toBe(3);
    const tables = Object.entries(json.resources("aws_route_table_association"))
      .filter(([id]) => !id.includes("egress"))
      .map(([, association]) => association.route_table_id);
    expect(new Set(tables).size).toBe(3);
    expect((json.resource("aws_vpc_endpoint", "net_s3").route_table_ids as string[]).length).toBe(3);
  });

  test("moves no private subnet and no address of the network", () => {
    const before = network().template().json.resource!;
    const opened = network({ internetEgress: "nat-per-zone" }).template().json.resource!;
    expect(opened.aws_subnet).toMatchObject(before.aws_subnet!);
    expect(Object.keys(opened.aws_route_table_association!)).toEqual(
      expect.arrayContaining(Object.keys(before.aws_route_table_association!)),
    );
  });

  test("needs room beside the private subnets", () => {
    const full = { cidrBlock: "10.0.0.0/22", availabilityZones: SIX.slice(0, 2), subnetPrefixLength: 23 };
    const error = refused({ ...full, internetEgress: "single-nat" });
    expect(error.code).toBe("NetworkTooSmall");
    expect(error.message).toContain("1 of /28 for NAT gateways");
    expect(() => network(full)).not.toThrow();
    expect(() =>
      network({ ...full, availabilityZones: ["eu-west-1a"], internetEgress: "single-nat" }),
    ).not.toThrow();
  });

  test("is one of two kinds", () => {
    expect(refused({ internetEgress: "yes" as never }).code).toBe("NotOneOf");
  });
});

test("image layers of ECR come through the gateway to S3 where images can be pulled, and only then", () => {
  const layers = (props: Partial<AwsNetworkProps>) =>
    JSON.parse(
      String(network(props).template().resource("aws_vpc_endpoint", "net_s3").policy),
    ).Statement.slice(1);
  const statement = {
    Sid: "LayersOfImagesInEcr",
    Effect: "Allow",
    Principal: "*",
    Action: ["s3:GetObject"],
    Resource: ["arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"],
  };
  expect(layers({})).toEqual([]);
  expect(layers({ interfaceEndpoints: ["ecr.dkr"] })).toEqual([statement]);
  expect(layers({ interfaceEndpoints: ["com.amazonaws.eu-west-1.ecr.dkr"] })).toEqual([statement]);
  expect(layers({ interfaceEndpoints: [], internetEgress: "single-nat" })).toEqual([statement]);
});

test("tells its subnets by zone and its services", () => {
  const { made } = network({ interfaceEndpoints: ["sts"] });
  expect(Object.keys(made.subnetsByZone)).toEqual(["eu-west-1a", "eu-west-1b", "eu-west-1c"]);
  expect(made.subnetsByZone["eu-west-1b"]!.cidrBlock).toBe("10.20.32.0/19");
  expect(made.endpointServices).toEqual(["sts"]);
});

describe("a network that exists", () => {
  const adopt = (props: Partial<AwsNetworkAttributes> = {}) =>
    AwsNetwork.fromAttributes(newStack(), "net", {
      vpcId: "vpc-1",
      cidrBlock: "10.0.0.0/16",
      subnetsByZone: { "eu-west-1a": { subnetId: "subnet-a" }, "eu-west-1b": { subnetId: "subnet-b" } },
      ...props,
    });

  test("is taken as it is told", () => {
    expect(adopt()).toMatchObject({ vpcId: "vpc-1", privateSubnetIds: ["subnet-a", "subnet-b"] });
  });

  test("needs a subnet, an id and ranges that are some", () => {
    const codes = (props: Partial<AwsNetworkAttributes>) => [
      ...captureValidationError(() => adopt(props)).codes,
    ];
    expect(codes({ subnetsByZone: {} })).toEqual(["MissingValue"]);
    expect(codes({ vpcId: "" })).toEqual(["MissingValue"]);
    expect(codes({ cidrBlock: "10.0.0.1/16" })).toEqual(["InvalidCidr"]);
    expect(codes({ subnetsByZone: { "eu-west-1a": { subnetId: "", cidrBlock: "x" } } })).toEqual([
      "MissingValue",
      "InvalidCidr",
    ]);
  });

  test("may be known to Terraform only", () => {
    const stack = newStack();
    const token = new TerraformVariable(stack, "id", {}).stringValue;
    const subnetsByZone = { "eu-west-1a": { subnetId: token, cidrBlock: token } };
    expect(() =>
      AwsNetwork.fromAttributes(stack, "net", { vpcId: token, cidrBlock: token, subnetsByZone }),
    ).not.toThrow();
  });
});
