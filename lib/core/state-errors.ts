import { defineErrors } from "./errors";

export const StateErrors = defineErrors({
  AbsoluteStatePath: {
    meaning: "the path is absolute, which would tie the output to one machine",
    fix: "give a path relative to the stack's folder, for example ../../../state",
  },
  InvalidStateAddress: {
    meaning: "not an address at which Terraform state can be kept safely",
    fix: "give an https:// address without user, password, query and fragment; credentials come from TF_HTTP_USERNAME and TF_HTTP_PASSWORD",
  },
  LocalBackendWithCrossStackReferences: {
    meaning:
      "a stack reads outputs of another stack, but state is kept in local files that only one machine sees",
    fix: "use StateBackend.s3, .gcs, .kubernetes or .http, or StateBackend.local({ allowCrossStackReferences: true }) for a trial on one machine",
  },
});
