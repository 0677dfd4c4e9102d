import { tagStack } from "../../../lib/core/tags";
import { ObjectStore } from "../../../lib/lakehouse/kubernetes/object-store";
import { Template } from "../../../lib/testing";
import { files, kubernetesStack, lakehouse, objects, S3, synthesized } from "./support";

describe("the data class of a zone", () => {
  function bucketConfig(template: Template) {
    return JSON.parse(files(template, "acme-lake-buckets")["config.json"] ?? "{}");
  }
  const zones = [{ name: "raw", dataClass: "confidential" }, { name: "refined" }];

  test("is a label of whatever belongs to the zone, and wins over that of the stack", () => {
    const stack = kubernetesStack();
    tagStack(stack, { owner: "data", environment: "prod", costCentre: "cc-1" });
    const objectStore = ObjectStore.newRook({
      deviceFilter: "^sdb$",
      eventsTo: { http: { uri: "https://events.example.com" } },
    });
    lakehouse({ zones, objectStore }, stack);
    const template = Template.of(stack);
    for (const kind of ["ObjectBucketClaim", "CephBucketTopic", "CephBucketNotification"]) {
      const classes = Object.entries(objects(template, kind)).map(([name, { metadata }]) => [
        name.split("-").at(-1),
        metadata.labels?.["data-class"],
      ]);
      expect({ kind, classes: Object.fromEntries(classes) }).toEqual({
        kind,
        classes: { raw: "confidential", refined: "internal" },
      });
    }
    expect(bucketConfig(template).buckets[0]).not.toHaveProperty("dataClass");
  });

  test("is a tag of a bucket that has no object in the cluster", () => {
    const classes = (
      bucketConfig(synthesized({ zones, objectStore: S3 })).buckets as { dataClass?: string }[]
    ).map(({ dataClass }) => dataClass);
    expect(classes).toEqual(["confidential", undefined]);
  });
});
