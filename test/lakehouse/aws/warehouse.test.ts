import { TerraformVariable } from "cdktf";
import { captureValidationError } from "../../../lib/testing";
import { network, only } from "./engine-fixture";
import { newStack, statements } from "./fixture";

describe("warehouse", () => {
  const warehouse = (options = {}) => only("warehouse", { warehouse: { network: network(), ...options } });

  test("is private, encrypted, and its password is kept by Secrets Manager", () => {
    const template = warehouse().template();
    expect(template.resource("aws_redshiftserverless_namespace")).toMatchObject({
      namespace_name: "acme-warehouse",
      db_name: "lakehouse",
      kms_key_id: "arn:aws:kms:eu-west-1:111122223333:key/1",
      manage_admin_password: true,
      admin_password_secret_kms_key_id: "arn:aws:kms:eu-west-1:111122223333:key/1",
      log_exports: ["connectionlog", "useractivitylog", "userlog"],
      lifecycle: { prevent_destroy: true },
    });
    expect(template.resource("aws_redshiftserverless_workgroup")).toMatchObject({
      base_capacity: 8,
      max_capacity: 32,
      port: 5439,
      publicly_accessible: false,
      enhanced_vpc_routing: true,
      subnet_ids: ["subnet-0", "subnet-1", "subnet-2"],
    });
    expect(template.resource("aws_vpc_security_group_ingress_rule")).toMatchObject({
      cidr_ipv4: "10.0.0.0/16",
      from_port: 5439,
      to_port: 5439,
      ip_protocol: "tcp",
    });
  });

  test("takes every option", () => {
    const template = warehouse({
      baseCapacityRpu: 16,
      maxCapacityRpu: 64,
      port: 8191,
      databaseName: "dw",
    }).template();
    expect(template.resource("aws_redshiftserverless_workgroup")).toMatchObject({
      base_capacity: 16,
      max_capacity: 64,
      port: 8191,
    });
    expect(template.resource("aws_redshiftserverless_namespace").db_name).toBe("dw");
    expect(template.resource("aws_vpc_security_group_ingress_rule").from_port).toBe(8191);
  });

  test("is the only service that assumes its role", () => {
    expect(statements(warehouse().template().resource("aws_iam_role").assume_role_policy)).toEqual({
      Service: {
        Effect: "Allow",
        Principal: { Service: ["redshift-serverless.amazonaws.com", "redshift.amazonaws.com"] },
        Action: ["sts:AssumeRole"],
      },
    });
  });

  test("reads nothing until it is granted something", () => {
    const { lake, template } = warehouse();
    expect(template().count("aws_iam_role_policy")).toBe(0);
    lake.zone("raw").grantRead(lake.warehouse!.identity);
    expect(template().resource("aws_iam_role_policy").role).toMatch(
      /^\$\{aws_iam_role\.lake_warehouse.+\.name\}$/,
    );
  });

  test.each([
    ["base that is no multiple of 8", { baseCapacityRpu: 12 }, "NumberOutOfRange"],
    ["base above 1024", { baseCapacityRpu: 1032 }, "NumberOutOfRange"],
    ["maximum below the base", { baseCapacityRpu: 32, maxCapacityRpu: 24 }, "NumberOutOfRange"],
    ["maximum that is no multiple of 8", { maxCapacityRpu: 20 }, "NumberOutOfRange"],
    ["port", { port: 5456 }, "NumberOutOfRange"],
    ["database name", { databaseName: "My-DB" }, "InvalidName"],
    ["network of two zones", { network: network(2) }, "WarehouseNeedsThreeZones"],
  ])("refuses a %s", (_, options, code) => {
    expect(captureValidationError(() => warehouse(options)).codes).toEqual([code]);
  });

  test.each([{ baseCapacityRpu: 4 }, { baseCapacityRpu: 1024 }, { port: 5431 }, { port: 8215 }])(
    "takes %j",
    (options) => {
      expect(() => warehouse(options)).not.toThrow();
    },
  );

  test("tokens cannot be compared, so capacity must be literal", () => {
    const token = new TerraformVariable(newStack(), "v", { type: "number" }).numberValue;
    expect(captureValidationError(() => warehouse({ baseCapacityRpu: token })).codes).toEqual([
      "TokenNotAllowed",
    ]);
  });

  test("is not made unless asked for", () => {
    expect(only("athena").template().count("aws_redshiftserverless_workgroup")).toBe(0);
  });
});
