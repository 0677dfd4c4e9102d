import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inWorkDirectory } from "../../tools/lib/terraform-run";

describe("a folder for one run of Terraform", () => {
  test("is there while it runs, and gone afterwards", async () => {
    const folder = await inWorkDirectory("test-run-", async (directory) => {
      writeFileSync(join(directory, "state"), "");
      return directory;
    });

    expect(existsSync(folder)).toBe(false);
  });

  test("is gone after a failure too, which passes through", async () => {
    let folder = "";
    const failing = inWorkDirectory("test-run-", async (directory) => {
      folder = directory;
      throw new Error("refused");
    });

    await expect(failing).rejects.toThrow("refused");
    expect(folder).not.toBe("");
    expect(existsSync(folder)).toBe(false);
  });
});
