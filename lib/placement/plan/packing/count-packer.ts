import type { PlacedDomains } from "../../placement";
import type { PartPlan, PoolRef } from "../model";
import type { Packer, Place, Request } from "./packer";

/** An interior that cannot be chosen: accelerators are counted, the rest is intent. */
export class CountPacker implements Packer {
  private left: number;

  constructor(private readonly pool: PoolRef) {
    this.left = pool.capacity ?? Number.POSITIVE_INFINITY;
  }

  private accelerators(hosts: number): number {
    return hosts * this.pool.perHost;
  }

  find({ part }: Request): Place | undefined {
    return this.accelerators(part.hosts) <= this.left ? { domains: this.intent(part) } : undefined;
  }

  private intent({ hosts, serving, shapes }: PartPlan): PlacedDomains {
    const together = hosts > 1 && serving === undefined;
    const shape = shapes?.[0]?.shape;
    return shape === undefined
      ? { kind: "intent", hosts, together }
      : { kind: "intent", hosts, together, shape };
  }

  take(domains: PlacedDomains): void {
    if (domains.kind === "intent") {
      this.left -= this.accelerators(domains.hosts);
    }
  }

  give(domains: PlacedDomains): void {
    if (domains.kind === "intent") {
      this.left += this.accelerators(domains.hosts);
    }
  }

  isFree(domains: PlacedDomains): boolean {
    return domains.kind === "intent" && this.accelerators(domains.hosts) <= this.left;
  }
}
