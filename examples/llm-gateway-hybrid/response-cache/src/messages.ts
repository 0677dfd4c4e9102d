import { fileURLToPath } from "node:url";
import {
  type GrpcObject,
  loadPackageDefinition,
  type ServiceClientConstructor,
  type ServiceDefinition,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const PROTO = fileURLToPath(new URL("../proto/external_processor.proto", import.meta.url));

export interface HeaderValue {
  readonly key: string;
  readonly value?: string;
  readonly rawValue?: Uint8Array;
}

export interface HttpHeaders {
  readonly headers?: { readonly headers?: readonly HeaderValue[] } | null;
  readonly endOfStream?: boolean;
}

export interface HttpBody {
  readonly body: Uint8Array;
  readonly endOfStream?: boolean;
}

type Metadata = {
  readonly filterMetadata?: Readonly<
    Record<string, { readonly fields?: Readonly<Record<string, { readonly stringValue?: string }>> }>
  >;
};

/** One of the members is there. */
export interface ProcessingRequest {
  readonly requestHeaders?: HttpHeaders | null;
  readonly requestBody?: HttpBody | null;
  readonly requestTrailers?: object | null;
  readonly responseHeaders?: HttpHeaders | null;
  readonly responseBody?: HttpBody | null;
  readonly responseTrailers?: object | null;
  readonly metadataContext?: Metadata | null;
}

export interface HeaderMutation {
  readonly setHeaders?: readonly { readonly header: HeaderValue; readonly appendAction: string }[];
  readonly removeHeaders?: readonly string[];
}

interface Common {
  readonly response?: { readonly headerMutation?: HeaderMutation };
}

export interface ProcessingMode {
  readonly responseHeaderMode?: "SEND" | "SKIP";
  readonly requestBodyMode?: "NONE" | "BUFFERED_PARTIAL";
  readonly responseBodyMode?: "NONE" | "BUFFERED_PARTIAL";
}

/** One of the members is there, and `modeOverride` beside an answer to headers. */
export interface ProcessingResponse {
  readonly requestHeaders?: Common;
  readonly requestBody?: Common;
  readonly requestTrailers?: object;
  readonly responseHeaders?: Common;
  readonly responseBody?: Common;
  readonly responseTrailers?: object;
  readonly immediateResponse?: {
    readonly status: { readonly code: number };
    readonly headers: HeaderMutation;
    readonly body: Uint8Array;
    readonly details: string;
  };
  readonly modeOverride?: ProcessingMode;
}

const loaded = loadPackageDefinition(
  loadSync(PROTO, { enums: String, longs: Number, defaults: false, oneofs: false }),
);

function find(name: string): ServiceClientConstructor {
  const found = name
    .split(".")
    .reduce<GrpcObject | undefined>((at, part) => at?.[part] as GrpcObject | undefined, loaded);
  return found as unknown as ServiceClientConstructor;
}

/** Client and description of Envoy's service. */
export const ExternalProcessor = find("envoy.service.ext_proc.v3.ExternalProcessor");
export const SERVICE: ServiceDefinition = ExternalProcessor.service;

/** Values of headers by name; of a header that came twice the last one. */
export function headersOf({ headers }: HttpHeaders): ReadonlyMap<string, string> {
  return new Map(
    (headers?.headers ?? []).map(({ key, value, rawValue }) => [
      key.toLowerCase(),
      rawValue?.length ? Buffer.from(rawValue).toString("latin1") : (value ?? ""),
    ]),
  );
}

export function setHeader(key: string, value: string) {
  return {
    header: { key, rawValue: Buffer.from(value, "latin1") },
    appendAction: "OVERWRITE_IF_EXISTS_OR_ADD",
  };
}
