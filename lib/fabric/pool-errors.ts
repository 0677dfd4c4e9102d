import { defineErrors } from "../core/errors";

export const PoolErrors = defineErrors({
  UnknownAccelerator: {
    meaning: "the catalogue does not know this accelerator",
    fix: "use a name of the catalogue, or describe it with Accelerator.of({ … })",
  },
  NodeRangeInvalid: {
    meaning: "the number of nodes is not a range from low to high with something in it",
    fix: "give a whole number from 1 on, or { min, max } with 0 <= min <= max and max >= 1",
  },
  IllegalTpuTopology: {
    meaning: "TPU slices of this accelerator do not come in this topology",
    fix: "choose a legal topology; the number of chips and the machine type decide the number of nodes",
  },
  SliceKindMismatch: {
    meaning: "the accelerator does not come in this form of slice",
    fix: "use Slice.tpu for TPUs, Slice.accelerators for GPUs, Trainium and Inferentia, and Slice.cpu for the rest",
  },
  CapacityOrderInvalid: {
    meaning: "the order of capacities makes no sense",
    fix: "name each kind once; on demand can only be the last, because nothing after it would ever be tried",
  },
  SharingNotSupported: {
    meaning: "the accelerator cannot be shared in this way",
    fix: "choose a way that the hardware has, or share by time slices",
  },
  CapacityFactMissing: {
    meaning: "the capacity needs to name what was reserved at this kind of site",
    fix: "say what is reserved at this kind of site, if anything is; what is said of others is ignored, so one declaration can name several",
  },
});
