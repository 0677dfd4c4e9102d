import { Fn } from "cdktf";
import { isToken } from "../../core/tokens";

/** A place in S3, as policies need it. Both may hold a token. */
export interface S3Place {
  readonly bucket: string;
  /** Without slashes at its ends; empty: the whole bucket. */
  readonly prefix: string;
}

/** The bucket and prefix of `s3://bucket/prefix`; only the bucket may be a token. */
export function s3Place(uri: string): S3Place {
  const [, bucket, prefix = ""] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(uri)!;
  return { bucket: bucket!, prefix: prefix.replace(/\/+$/, "") };
}

/** Bucket of a zone's location, which may be a token as a whole. */
export function bucketOfZone(location: string): string {
  return isToken(location) ? Fn.trimprefix(location, "s3://") : location.replace(/^s3:\/\//, "");
}
