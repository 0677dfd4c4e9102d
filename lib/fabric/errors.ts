import { defineErrors } from "../core/errors";

export const SiteErrors = defineErrors({
  RegionCountryUnknown: {
    meaning:
      "the library does not know in which country this region is, so no residency rule could be checked",
    fix: "check the spelling of the region; if it is right and new, give `country` (ISO 3166-1 alpha-2) on the site",
  },
  RegionCountryContradiction: {
    meaning: "the region stands in another country than the one given",
    fix: "leave `country` out, or correct the region",
  },
  InvalidAccount: {
    meaning: "not an AWS account number",
    fix: "give the 12 digits, as a string",
  },
  InvalidIssuer: {
    meaning: "not an OpenID Connect issuer address",
    fix: "give the https:// address that the cluster writes into its tokens (kubectl get --raw /.well-known/openid-configuration)",
  },
  InvalidPrincipal: {
    meaning: "not the name of a principal that a right can be given to",
    fix: "give the full ARN of an IAM role, or the e-mail address of a Google service account or group",
  },
  AbsoluteKubeconfigPath: {
    meaning: "the kubeconfig path is absolute, which would tie the output to one machine",
    fix: "use a path that starts with ~/ or is relative, or leave it out for ~/.kube/config",
  },
});
