import fc from "fast-check";
import { findTokenLeaks } from "../../lib/testing";
import { hostileText } from "../hostile-text";
import { RECIPES } from "./recipes";
import { leaves, outcome, outcomeWithToken, type Path, replaceAt, valueAt } from "./support";

/** Text that Terraform would interpolate, that would end a string, and that would end a line. */
const TEMPLATE = '${USERTEXT}%{USERTEXT}"\\\n';
const UNESCAPED = /(?<!\$)\$\{USERTEXT|(?<!%)%\{USERTEXT/;

const accepted = (output: string) => !output.startsWith("refused");

/** Every text in the output, whole. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") {
    return [value];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** Texts that look like JSON but are none after Terraform has read them. */
function brokenJson(output: string, given: string): readonly string[] {
  const texts = textsIn(JSON.parse(output)).filter((text) => /^\s*[{[]\s*["{[]/.test(text));
  return texts.filter((text) => {
    const read = text.replaceAll("$${", "${").replaceAll("%%{", "%{");
    try {
      JSON.parse(read);
      return false;
    } catch {
      return read !== given;
    }
  });
}

describe.each(RECIPES)("$name", ({ make, props, mayBeTokens, notYet = [] }) => {
  const at = (path: Path) => path.join(".");
  const all = leaves(props);
  const without = (ends: readonly string[]) =>
    all.filter((path) => !ends.some((end) => `.${at(path)}`.endsWith(`.${end}`)));
  const paths = without(notYet.map((end) => end.replace("token ", "")));
  const ofText = without(notYet).filter((path) => typeof valueAt(props, path) === "string");
  const put = (path: Path, value: unknown) => outcome(make, replaceAt(props, path, value));

  test("is accepted as it is", () => {
    expect(accepted(outcome(make, props))).toBe(true);
  });

  test("takes tokens where it says so, and never computes on one", () => {
    const passed = paths.filter((path) => {
      const output = outcomeWithToken(make, props, path);
      if (!accepted(output)) {
        return false;
      }
      expect({ at: at(path), leaks: findTokenLeaks(JSON.parse(output)) }).toEqual({
        at: at(path),
        leaks: [],
      });
      // The number of a token differs from synth to synth: a text that was made from it does too.
      expect({ at: at(path), again: outcomeWithToken(make, props, path) === output }).toEqual({
        at: at(path),
        again: true,
      });
      return output.includes("var.user");
    });
    for (const path of all.filter((each) => mayBeTokens.includes(at(each)) && !paths.includes(each))) {
      expect(outcomeWithToken(make, props, path)).toContain("var.user");
      passed.push(path);
    }
    expect(passed.map(at)).toEqual(expect.arrayContaining([...mayBeTokens]));
  });

  test("refuses text that Terraform would interpolate, or escapes it", () => {
    const interpolated = ofText.filter((path) =>
      UNESCAPED.test(put(path, `${valueAt(props, path)}${TEMPLATE}`)),
    );

    expect(interpolated.map(at)).toEqual([]);
  });

  test("refuses hostile text with a code, or keeps JSON inside JSON readable", () => {
    const free = ofText.filter((path) => accepted(put(path, `${valueAt(props, path)}${TEMPLATE}`)));
    const anywhere = fc.constantFrom(...(free.length > 0 ? free : ofText));
    fc.assert(
      fc.property(anywhere, hostileText, (path, text) => {
        const output = put(path, text);
        expect(accepted(output) ? brokenJson(output, text) : []).toEqual([]);
      }),
      { numRuns: 10 },
    );
  });
});
