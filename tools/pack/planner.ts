// A user's program: a plan of two sites with no provider package installed, held against the independent checker.
import { acceleratorFacts, gridCarbon, priceOf, pueOf, wattsOf } from "cdktf-hybrid-ai/catalog";
import {
  acceleratorModel,
  CapacityPool,
  checkPlacement,
  DataJob,
  Gang,
  lockOf,
  OpticalLink,
  offersOf,
  type PlanInput,
  PlanRules,
  plan,
  Residency,
  readLock,
  Site,
  SiteModel,
  Systems,
  writeLock,
} from "cdktf-hybrid-ai/placement";

const h100 = acceleratorModel(acceleratorFacts("h100")!, wattsOf("h100"));

const hall = SiteModel.of(
  Site.kubernetes("frankfurt", { country: "DE", kubeconfig: { context: "frankfurt" } }),
  {
    pools: [
      CapacityPool.of("rails", {
        accelerator: h100,
        fabric: Systems.hgxRails("rails", { units: 2 }),
        offers: [{ model: "reserved", usdPerAcceleratorHour: 2.2 }],
      }),
    ],
    pue: 1.2,
    gramsCo2PerKwh: 344,
  },
);
const cloud = SiteModel.of(Site.aws("stockholm", { region: "eu-north-1" }), {
  pools: [
    CapacityPool.of("p5", {
      accelerator: h100,
      fabric: Systems.cloudGpus("p5", { provider: "aws", networkGbpsPerMachine: 3_200 }),
      offers: offersOf(priceOf("aws", "eu-north-1", "h100")!),
    }),
  ],
  pue: pueOf("aws"),
  gramsCo2PerKwh: gridCarbon("aws", "eu-north-1")?.gramsCo2PerKwh ?? 30,
});

const input: PlanInput = {
  sites: [hall, cloud],
  links: [OpticalLink.leased("frankfurt", "stockholm", { gbps: 10, rttMs: 22, usdPerGb: [0, 0.02] })],
  workloads: [
    Gang.of("pretrain", {
      model: { params: 8e9, layers: 32, hidden: 4_096, sequence: 8_192, kvHidden: 1_024 },
      layouts: [
        {
          tp: 8,
          cp: 1,
          pp: 1,
          dp: 16,
          ep: 1,
          microbatches: 4,
          microbatchSize: 1,
          interleave: 1,
          sharding: "zero3",
          gradientBytes: 4,
        },
      ],
      accelerators: ["h100"],
      residency: Residency.EU,
    }),
    DataJob.of("corpus", { from: "stockholm", to: { workload: "pretrain" }, bytes: 1e12, everyHours: 24 }),
  ],
  rules: PlanRules.of({ carbonUsdPerTonne: 80 }),
};

const first = plan(input);
const lock = readLock(writeLock(lockOf(first)));
const second = plan(input, { lock });
const wrong = [...checkPlacement(input, first), ...checkPlacement(input, second, lock)];
if (wrong.length > 0 || second.workloads.some(({ status }) => status === "left-out")) {
  throw new Error(JSON.stringify({ wrong, workloads: second.workloads }));
}
