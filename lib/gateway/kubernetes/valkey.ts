import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { COMPONENTS } from "../../kubernetes/components";
import { HelmComponent } from "../../kubernetes/helm-component";

export const VALKEY_PORT = 6379;
export const VALKEY_MEMORY_MIB = { min: 64, max: 1_048_576 };

export interface GatewayValkey {
  /** Of the release and of the Service. */
  readonly name: string;
  readonly namespace: string;
  /** Secret with the key `password`. */
  readonly passwordSecret: string;
  /** Of the container; a quarter is left for buffers. */
  readonly memoryMib: number;
  /** Lines of its configuration, beside `maxmemory`. */
  readonly config: readonly string[];
  /** Secret with `tls.crt`, `tls.key` and `ca.crt`. @default - it speaks in the clear */
  readonly tlsSecret?: string;
  readonly createNamespace?: boolean;
  readonly dependsOn?: readonly ITerraformDependable[];
}

/** One Valkey that may lose what it holds: counts of limits, answers of the cache. */
export function gatewayValkey(scope: Construct, id: string, valkey: GatewayValkey): HelmComponent {
  const { name, namespace, passwordSecret, memoryMib, config, tlsSecret, createNamespace, dependsOn } =
    valkey;
  const memory = `${memoryMib}Mi`;
  return new HelmComponent(scope, id, {
    component: COMPONENTS.valkey,
    releaseName: name,
    namespace,
    createNamespace,
    values: {
      fullnameOverride: name,
      auth: {
        enabled: true,
        usersExistingSecret: passwordSecret,
        aclUsers: { default: { permissions: "~* &* +@all", passwordKey: "password" } },
      },
      ...(tlsSecret === undefined
        ? {}
        : {
            tls: {
              enabled: true,
              existingSecret: tlsSecret,
              serverPublicKey: "tls.crt",
              serverKey: "tls.key",
              caPublicKey: "ca.crt",
            },
          }),
      valkeyConfig: [`maxmemory ${Math.floor(memoryMib * 0.75)}mb`, ...config].join("\n"),
      resources: { requests: { cpu: "100m", memory }, limits: { memory } },
      readinessProbe: { enabled: true },
    },
    dependsOn: dependsOn && [...dependsOn],
  });
}
