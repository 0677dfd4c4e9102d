import { ValidationError } from "../../lib";

/** Codes of the errors that something throws; empty if it throws none. */
export function codes(make: () => unknown): readonly string[] {
  try {
    make();
  } catch (error) {
    if (ValidationError.is(error)) {
      return error.codes;
    }
    throw error;
  }
  return [];
}
