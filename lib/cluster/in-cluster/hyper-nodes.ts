import { fingerprint, resourceName } from "../../core/naming";
import type { CapacityPool } from "../../fabric/capacity-pool";
import { domainLevels } from "../../fabric/domain-labels";
import type { SiteModel } from "../../fabric/site-model";

/** A HyperNode of Volcano as plain data. */
export interface HyperNode {
  readonly name: string;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Levels of which the values are known, from the nearest on. */
function namedLevels(pool: CapacityPool) {
  return domainLevels(pool.fabric).flatMap((level) => {
    const named = pool.domainLabels?.find(({ of }) => of === level.of);
    return named?.values === undefined ? [] : [{ ...level, label: named.label, values: named.values }];
  });
}

/** Values of labels may hold signs that names must not: such names get a fingerprint, so that no two are the same. */
function nameOf(pool: CapacityPool, of: string, value: string): string {
  const plain = value.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-");
  const parts = plain === value ? [value] : [plain, fingerprint(value)];
  return resourceName([pool.name, of, ...parts], { maxLength: 63 });
}

function ofPool(pool: CapacityPool): readonly HyperNode[] {
  const levels = namedLevels(pool);
  return levels.flatMap(({ of, pieces, label, values }, index) => {
    const below = levels[index - 1];
    return values.map((value, domain) => {
      const inside = (below?.values ?? []).filter(
        (_, lower) => Math.floor((lower * below!.pieces) / pieces) === domain,
      );
      const members =
        below === undefined
          ? [{ type: "Node", selector: { labelMatch: { matchLabels: { [label]: value } } } }]
          : inside.map((name) => ({
              type: "HyperNode",
              selector: { exactMatch: { name: nameOf(pool, below.of, name) } },
            }));
      return { name: nameOf(pool, of, value), spec: { tier: index + 1, tierName: of, members } };
    });
  });
}

/** HyperNodes of the domains whose labels have known values: tier 1 of nodes, those above of the ones below. */
export function hyperNodesOf({ pools }: SiteModel): readonly HyperNode[] {
  return pools.flatMap(ofPool).sort((a, b) => (a.name < b.name ? -1 : 1));
}
