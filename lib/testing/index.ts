export { normaliseStack, type SynthesizedStack, synthStack, testApp } from "./synth";
export { captureValidationError, Template } from "./template";
