import { defineErrors } from "../core/errors";

/** Errors of facts that a user gives for what the catalogue does not know. */
export const CatalogueErrors = defineErrors({
  ContradictsCatalogue: {
    meaning: "the catalogue knows this name with another value, from a source that it names",
    fix: "leave the fact out, or give the machine or accelerator a name of its own if it is another one",
  },
  InvalidMachineType: {
    meaning: "not the name of a machine type as this provider writes it",
    fix: "copy the name from the provider's list of machine types",
  },
  InvalidAcceleratorName: {
    meaning: "not a name for an accelerator",
    fix: "use lower-case letters, digits and hyphens, such as h200 or mi300x-192gb",
  },
  AcceleratorWithoutCount: {
    meaning: "an accelerator and the number of accelerators do not go together",
    fix: "give both the accelerator and a number from 1 on, or neither for a machine without accelerators",
  },
  InterfacesExceedCards: {
    meaning: "the machine would have more EFA interfaces than network cards, but each card takes one at most",
    fix: "give the number of EFA interfaces and of network cards from the provider's page of the type",
  },
  InvalidMigProfile: {
    meaning: "not a profile of Multi-Instance GPU",
    fix: "write profiles as nvidia-smi mig -lgip shows them, such as 1g.18gb, with the most instances of one GPU",
  },
  InvalidDay: {
    meaning: "not a day",
    fix: "write the day on which the facts were read as YYYY-MM-DD",
  },
});
