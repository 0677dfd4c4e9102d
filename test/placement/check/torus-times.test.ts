import { meanTwistedHops } from "../../../lib/placement/check/torus-times";
import { twistedMeanHops } from "../../../lib/placement/cost/twisted-torus";

test.each([
  [4, 4, 8],
  [4, 8, 8],
  [8, 8, 16],
  [8, 16, 16],
])("checker and planner walk a twisted %dx%dx%d torus alike, with code of their own", (...dims) => {
  expect(meanTwistedHops(dims)).toBeCloseTo(twistedMeanHops(dims), 12);
});
