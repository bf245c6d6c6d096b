import { constants, generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { expect, it } from "vitest";
import { Secret } from "../../runtime/secret.ts";
import { createSigner } from "./sign.ts";

const secretOf = (key: KeyObject): Secret =>
  new Secret(key.export({ type: "pkcs8", format: "pem" }).toString());
const message = Buffer.from("1790000000000GET/trade-api/v2/portfolio/balance");

it("signs timestamp, method and path with an RSA key by PSS with a salt of the digest's length", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const signer = createSigner("id-1", secretOf(privateKey), () => 1_790_000_000_000);
  const headers = signer("get", "/trade-api/v2/portfolio/balance");
  expect(headers["KALSHI-ACCESS-KEY"]).toBe("id-1");
  expect(headers["KALSHI-ACCESS-TIMESTAMP"]).toBe("1790000000000");
  const signature = Buffer.from(headers["KALSHI-ACCESS-SIGNATURE"] ?? "", "base64");
  const key = { key: publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  expect(verify("sha256", message, key, signature)).toBe(true);
});

it("signs with an Ed25519 key when the PEM holds one", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const signer = createSigner("id-1", secretOf(privateKey), () => 1_790_000_000_000);
  const headers = signer("GET", "/trade-api/v2/portfolio/balance");
  const signature = Buffer.from(headers["KALSHI-ACCESS-SIGNATURE"] ?? "", "base64");
  expect(verify(null, message, publicKey, signature)).toBe(true);
});

it("refuses what is no key, or a key of another kind, without showing it", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  expect(() => createSigner("id", secretOf(privateKey))).toThrow(/kind ec/);
  expect(() => createSigner("id", new Secret("hunter2"))).toThrow(/CONFIG_INVALID/);
  expect(() => createSigner("id", new Secret("hunter2"))).not.toThrow(/hunter2/);
});
