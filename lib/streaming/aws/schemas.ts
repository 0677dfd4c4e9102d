import { GlueRegistry } from "@cdktf/provider-aws/lib/glue-registry";
import { GlueSchema } from "@cdktf/provider-aws/lib/glue-schema";
import { Construct } from "constructs";
import { type AwsFacts, regionalArn } from "../../core/aws-facts";
import type { PolicyStatement } from "../../core/aws-policy";
import { escapeTemplate } from "../../core/escape";
import type { SchemaReference } from "../streaming";
import type { StreamTopicModel } from "../topic";

export interface StreamSchemasProps {
  readonly facts: AwsFacts;
  readonly name: string;
  readonly topics: readonly StreamTopicModel[];
  readonly protect: boolean;
}

/**
 * The schemas of a stream's topics in a registry of Glue. A changed definition becomes a new version, if the
 * compatibility of the schema lets it.
 *
 * Makes `aws_glue_registry` and `aws_glue_schema`.
 */
export class StreamSchemas extends Construct {
  readonly registry: GlueRegistry;
  /** By topic. */
  readonly schemas: Readonly<Record<string, GlueSchema>>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: StreamSchemasProps,
  ) {
    super(scope, id);
    const lifecycle = { preventDestroy: props.protect || undefined };
    this.registry = new GlueRegistry(this, "registry", {
      registryName: props.name,
      description: `Messages of stream ${props.name}`,
      lifecycle,
    });
    this.schemas = Object.fromEntries(
      props.topics.flatMap(({ name, schema }) =>
        schema
          ? [
              [
                name,
                new GlueSchema(this, name, {
                  registryArn: this.registry.arn,
                  schemaName: name,
                  dataFormat: schema.format.toUpperCase(),
                  compatibility: schema.compatibility.toUpperCase(),
                  schemaDefinition: escapeTemplate(schema.definition),
                  lifecycle,
                }),
              ],
            ]
          : [],
      ),
    );
  }

  reference({ name, schema }: StreamTopicModel): SchemaReference | undefined {
    const registered = this.schemas[name];
    if (!schema || !registered) {
      return undefined;
    }
    const { format, compatibility, definition } = schema;
    return { registry: "glue", id: registered.arn, format, compatibility, definition };
  }

  /** Lets clients look schemas up; new versions are registered by Terraform only. */
  lookUp(): PolicyStatement {
    const { facts, name } = this.props;
    return {
      Sid: "SchemasOfTheStream",
      Effect: "Allow",
      Action: ["glue:GetSchema", "glue:GetSchemaByDefinition", "glue:GetSchemaVersion"],
      Resource: [
        regionalArn(facts, "glue", `registry/${name}`),
        regionalArn(facts, "glue", `schema/${name}/*`),
      ],
    };
  }
}
