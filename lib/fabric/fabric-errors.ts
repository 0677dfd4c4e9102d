import { defineErrors } from "../core/errors";

export const FabricErrors = defineErrors({
  NotAQuantity: {
    meaning: "not a finite number within the bounds that this measure has",
    fix: "give a finite number in the unit that the name of the value ends with",
  },
  FabricShapeImpossible: {
    meaning: "the parts of the fabric do not fit together",
    fix: "make each level a whole multiple of the one below it",
  },
  OversubscriptionNotMonotone: {
    meaning: "a tier is less oversubscribed than one below it, so its links could never be filled",
    fix: "give each tier the ratio of all accelerator bandwidth below it to the bandwidth of its links, from the nearest tier outwards",
  },
  FreeCapacityMismatch: {
    meaning: "what is free does not fit the fabric that it is said to be free in",
    fix: "give one entry per leaf domain or cube of the fabric, each between zero and what the domain holds",
  },
  DomainLabelMismatch: {
    meaning: "the label is of domains that the fabric does not have, or names another number of them",
    fix: "name a tier, scale-up or cube, and give one value per domain, in the order of the domains, or no values",
  },
  SliceShapeIllegal: {
    meaning: "the fabric cannot make a slice of this shape",
    fix: "choose a shape that fits the torus, or for cubes one whose sides are multiples of the cube's side",
  },
  ShapeNotTwistable: {
    meaning: "a torus of this shape has no twisted form",
    fix: "choose n x n x 2n or n x 2n x 2n with n a multiple of 4, or leave the twist out",
  },
  LinkBeyondReach: {
    meaning: "the route is longer than optics of this reach class can light",
    fix: "use a longer reach class or a line system with amplifiers, or a shorter route",
  },
  LinkBeyondSpectrum: {
    meaning: "the link has more wavelengths than the amplified band of its fibre pairs holds",
    fix: "light fewer wavelengths, or add fibre pairs",
  },
  LinkToItself: {
    meaning: "the link joins a site to itself",
    fix: "name two different sites",
  },
  OfferUnsound: {
    meaning: "the prices of one pool contradict each other",
    fix: "check for a stale or mistyped price: spot and reserved capacity cost no more than on-demand capacity",
  },
});
