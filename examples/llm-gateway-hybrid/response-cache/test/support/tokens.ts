import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

export const ISSUER = "https://login.example.com";
export const AUDIENCE = "ai";

export const JWKS = JSON.stringify({
  keys: [{ ...createPublicKey(privateKey).export({ format: "jwk" }), kid: "1", alg: "RS256", use: "sig" }],
});

const part = (json: object) => Buffer.from(JSON.stringify(json)).toString("base64url");

/** A token as an issuer would sign it. */
export function tokenOf(tenant: string, classes: readonly string[]): string {
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    tenant,
    traffic_classes: classes,
    exp: Math.floor(Date.now() / 1_000) + 600,
  };
  const signed = `${part({ alg: "RS256", kid: "1", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), privateKey).toString("base64url")}`;
}
