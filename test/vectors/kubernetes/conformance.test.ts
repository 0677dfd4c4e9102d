import { conformance, conformanceTest } from "../../cluster/conformance";
import { kubernetesStack, RAG, store } from "./support";

describe("objects that the library emits are valid against the published definitions", () => {
  conformanceTest.each([
    ["qdrant", ["Certificate", "Issuer"]],
    ["milvus", ["Certificate", "Issuer", "Milvus"]],
    ["pgvector", ["Cluster", "Database", "DatabaseRole", "ScheduledBackup"]],
  ] as const)("%s", (engine, kinds) => {
    const stack = kubernetesStack();
    const pgvector = {
      backup: { barmanObjectName: "store" },
      extensionImage: "registry.example.com/pgvector:18",
    };
    const made = store(
      { engine, storageClass: "fast", ...(engine === "pgvector" ? { pgvector } : {}) },
      stack,
    );
    made.collection("docs").grantRead(RAG);
    const { failures, kinds: checked } = conformance(stack);
    expect(failures).toEqual([]);
    expect(checked.map((kind) => kind.split(" ")[1])).toEqual(expect.arrayContaining([...kinds]));
  });
});
