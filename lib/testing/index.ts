export { type AddressDiff, diffAddresses } from "../core/addresses";
export { findAbsolutePaths, findTokenLeaks, type Leak } from "./leaks";
export { expectStable, normaliseStack, type SynthesizedStack, synthStack, testApp } from "./synth";
export { captureValidationError, Template } from "./template";
