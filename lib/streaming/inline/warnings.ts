import { defineWarnings } from "../../core/warnings";

export const InlineWarnings = defineWarnings({
  LogNearlyTooFast:
    "the sink of the log keeps up only if the table's engine is faster than it was seen to be; what it does not write in the retention time of the topic is lost",
});
