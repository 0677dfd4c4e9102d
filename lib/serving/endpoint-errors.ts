import { defineErrors } from "../core/errors";

/** Errors of endpoints of every kind of site. */
export const EndpointErrors = defineErrors({
  UnknownVariant: {
    meaning: "the endpoint has no such variant",
    fix: "name one of its variants, or leave the name out for the first",
  },
  EndpointOutsideResidency: {
    meaning: "requests of the class would be worked on outside the countries that its residency allows",
    fix: "put the endpoint on a site in an allowed country, or serve the class elsewhere",
  },
  EndpointNamesTaken: {
    meaning: "another endpoint of this app would make resources of the same names",
    fix: "give each endpoint a name of its own, or another namePrefix",
  },
});
