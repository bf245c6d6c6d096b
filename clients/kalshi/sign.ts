import { constants, createPrivateKey, type KeyObject, sign } from "node:crypto";
import { TradingError } from "../../core/domain/errors.ts";
import type { Secret } from "../../runtime/secret.ts";

/** Headers that prove who asks; made anew for each request. */
export type Signer = (method: string, path: string) => Record<string, string>;

/**
 * Signs requests with an RSA (PSS, SHA-256) or Ed25519 key, whichever the PEM holds.
 *
 * The venue compares the timestamp with its own wall clock, so this is wall time even where the
 * run's time is simulated. `path` is the whole path from the root, without the query.
 *
 * @throws TradingError CONFIG_INVALID when the text is not a private key of one of the two kinds.
 */
export function createSigner(
  keyId: string,
  privateKeyPem: Secret,
  wallMs: () => number = Date.now,
): Signer {
  const key = readKey(privateKeyPem);
  return (method, path) => {
    const timestamp = String(wallMs());
    const message = Buffer.from(`${timestamp}${method.toUpperCase()}${path}`);
    return {
      "KALSHI-ACCESS-KEY": keyId,
      "KALSHI-ACCESS-TIMESTAMP": timestamp,
      "KALSHI-ACCESS-SIGNATURE": signature(key, message).toString("base64"),
    };
  };
}

function signature(key: KeyObject, message: Buffer): Buffer {
  if (key.asymmetricKeyType === "ed25519") return sign(null, message, key);
  return sign("sha256", message, {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
}

function readKey(pem: Secret): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem.reveal());
  } catch {
    // The parser's own message may quote what it was given.
    throw new TradingError("CONFIG_INVALID", { field: "privateKey", reason: "not a PEM key" });
  }
  const kind = key.asymmetricKeyType ?? "unknown";
  if (kind === "rsa" || kind === "ed25519") return key;
  throw new TradingError("CONFIG_INVALID", {
    field: "privateKey",
    reason: `a key of kind ${kind}; the venue takes rsa and ed25519`,
  });
}
