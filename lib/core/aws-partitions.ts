/** What differs between the separate worlds of AWS. */
export interface AwsPartition {
  /** First part of every ARN, for example `aws` or `aws-cn`. */
  readonly name: string;
  /** End of service addresses, for example `amazonaws.com`. */
  readonly dnsSuffix: string;
  /** End of addresses that answer IPv4 and IPv6, for example `api.aws`; newer services have no others. */
  readonly dualStackDnsSuffix: string;
}

/**
 * The partition of a region.
 *
 * Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html (read 2026-11-21); dual-stack suffixes:
 * `partitions.json` of the AWS SDKs (read 2026-11-24)
 */
export function awsPartition(region: string): AwsPartition {
  if (region.startsWith("cn-")) {
    return {
      name: "aws-cn",
      dnsSuffix: "amazonaws.com.cn",
      dualStackDnsSuffix: "api.amazonwebservices.com.cn",
    };
  }
  if (region.startsWith("eusc-")) {
    return { name: "aws-eusc", dnsSuffix: "amazonaws.eu", dualStackDnsSuffix: "api.amazonwebservices.eu" };
  }
  return {
    name: region.startsWith("us-gov-") ? "aws-us-gov" : "aws",
    dnsSuffix: "amazonaws.com",
    dualStackDnsSuffix: "api.aws",
  };
}
