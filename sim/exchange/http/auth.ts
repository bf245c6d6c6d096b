import { constants, type KeyObject, verify } from "node:crypto";
import { ApiError } from "../errors.ts";

/** Wall time by which a request's timestamp may differ from ours. */
const SKEW_MS = 10_000;

/** Public keys by key id, of any of the two kinds the venue takes. */
export type KeyRing = ReadonlyMap<string, KeyObject>;

/** The three signed headers, as Node spells them. */
export interface SignedHeaders {
  readonly key: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

export function signedHeaders(
  headers: Record<string, string | string[] | undefined>,
): SignedHeaders {
  const read = (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return {
    key: read("kalshi-access-key"),
    timestamp: read("kalshi-access-timestamp"),
    signature: read("kalshi-access-signature"),
  };
}

/**
 * Checks that a request was signed by a registered key: timestamp, upper-case method and path
 * (without its query), concatenated.
 *
 * @throws ApiError 401 in the venue's codes.
 */
export function authenticate(
  ring: KeyRing,
  headers: SignedHeaders,
  method: string,
  url: string,
  wallMs: number,
): void {
  const { key, timestamp, signature } = headers;
  if (key === undefined || timestamp === undefined || signature === undefined) {
    throw new ApiError(
      401,
      "signature_is_missing_from_headers",
      "signature is missing from headers",
    );
  }
  if (!/^\d{13}$/.test(timestamp) || Math.abs(Number(timestamp) - wallMs) > SKEW_MS) {
    throw new ApiError(401, "header_timestamp_expired", "header timestamp expired");
  }
  const publicKey = ring.get(key);
  if (publicKey === undefined) {
    throw new ApiError(401, "authentication_error", "authentication error", "NOT_FOUND");
  }
  const [path = ""] = url.split("?");
  const message = Buffer.from(`${timestamp}${method.toUpperCase()}${path}`);
  if (!isSignedBy(publicKey, message, Buffer.from(signature, "base64"))) {
    throw new ApiError(
      401,
      "authentication_error",
      "authentication error",
      "INCORRECT_API_KEY_SIGNATURE",
    );
  }
}

function isSignedBy(publicKey: KeyObject, message: Buffer, signature: Buffer): boolean {
  if (publicKey.asymmetricKeyType === "ed25519") {
    return verify(null, message, publicKey, signature);
  }
  return verify(
    "sha256",
    message,
    {
      key: publicKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    },
    signature,
  );
}
