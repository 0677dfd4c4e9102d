import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { materializeScript } from "../../../lib/features/aws/materialization";

/** What a client of SageMaker is given, by running the program's own functions. */
function python(code: string): unknown {
  const folder = mkdtempSync(join(tmpdir(), "materialize-"));
  try {
    writeFileSync(join(folder, "materialize.py"), materializeScript());
    writeFileSync(join(folder, "run.py"), `import json\nfrom materialize import *\n${code}`);
    return JSON.parse(execFileSync("python3", [join(folder, "run.py")], { encoding: "utf8" }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const CONFIG = `
config = {
    "key": {"name": "user_id", "type": "string"},
    "eventTime": "event_time",
    "featureGroup": "acme-user_activity",
    "features": [
        {"name": "is_new", "column": "is_new", "scalar": "boolean", "list": False},
        {"name": "country", "column": "country_code", "scalar": "int", "list": False},
        {"name": "spend", "column": "spend", "scalar": "double", "list": False},
        {"name": "segment", "column": "segment", "scalar": "string", "list": False},
        {"name": "taste", "column": "vector", "scalar": "float", "list": True},
    ],
}
from datetime import datetime
row = {
    "user_id": "u1",
    "event_time": datetime(2026, 11, 1, 12, 0, 0, 250000),
    "is_new": True,
    "country_code": 49,
    "spend": 0.1,
    "segment": None,
    "vector": [0.5, 1.0],
}
`;

describe("the materialization job", () => {
  test("writes values as the schema says what they mean", () => {
    expect(python(`${CONFIG}print(json.dumps(record(row, config)))`)).toEqual([
      { FeatureName: "user_id", ValueAsString: "u1" },
      { FeatureName: "event_time", ValueAsString: "1793534400.25" },
      { FeatureName: "is_new", ValueAsString: "1" },
      { FeatureName: "country", ValueAsString: "49" },
      { FeatureName: "spend", ValueAsString: "0.1" },
      { FeatureName: "taste", ValueAsStringList: ["0.5", "1.0"] },
    ]);
  });

  test("waits and tries again when SageMaker is busy, and gives up on what is wrong", () => {
    const code = `${CONFIG}
import time
waits = []
time.sleep = waits.append
class ClientError(Exception):
    def __init__(self, code):
        self.response = {"Error": {"Code": code}}
class Unavailable(ClientError):
    pass
class Client:
    class exceptions:
        ServiceUnavailable = Unavailable
    def __init__(self, errors):
        self.errors = list(errors)
        self.calls = 0
    def put_record(self, **request):
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
Client.exceptions.ClientError = ClientError
busy = Client([Unavailable("ServiceUnavailable"), ClientError("ThrottlingException")])
put(busy, config, row)
wrong = Client([ClientError("ValidationException")])
try:
    put(wrong, config, row)
    refused = False
except ClientError:
    refused = True
print(json.dumps([busy.calls, waits, wrong.calls, refused]))`;
    expect(python(code)).toEqual([3, [0.1, 0.2], 1, true]);
  });

  test("says which setting is missing", () => {
    const code = `
try:
    main(["{}"])
except SystemExit as end:
    print(json.dumps(str(end)))`;
    expect(python(code)).toContain("missing in the settings: table, key, eventTime");
  });
});
