import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from "node:crypto";
import { chmod, link, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TradingError } from "../core/domain/errors.ts";
import type { Signer } from "../core/domain/signed.ts";
import { canonicalJson } from "./config-file.ts";
import type { Home } from "./home.ts";

/** Where the home's own key for signed records is. */
export function signingKeyFile(home: Pick<Home, "path">): string {
  return join(home.path, "keys", "signing.pem");
}

/**
 * The home's own key for signed records (Ed25519 over canonical JSON); made at its first use, readable by
 * its owner only. It proves that a row is as this home wrote it, not who sat at the keyboard.
 *
 * @throws TradingError SAFETY_REFUSED when others may read the key, CONFIG_INVALID when it cannot be read.
 */
export async function openSigner(home: Pick<Home, "path">): Promise<Signer> {
  const key = await readKey(signingKeyFile(home));
  const publicKey = createPublicKey(key);
  const spki = publicKey.export({ type: "spki", format: "der" });
  const keyId = createHash("sha256").update(spki).digest("hex").slice(0, 16);
  return {
    keyId,
    sign: (value) => sign(null, bytes(value), key).toString("base64"),
    verifies: (value, signature) =>
      verify(null, bytes(value), publicKey, Buffer.from(signature, "base64")),
  };
}

function bytes(value: object): Buffer {
  return Buffer.from(canonicalJson(value), "utf8");
}

async function readKey(file: string): Promise<KeyObject> {
  try {
    return await readExisting(file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  await makeKey(file);
  return readExisting(file);
}

async function readExisting(file: string): Promise<KeyObject> {
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0) {
    throw new TradingError("SAFETY_REFUSED", {
      reason: `${file} may be read by others: what it signed proves nothing`,
      nextStep: `find out who read it; \`chmod 600 ${file}\` if nobody did`,
    });
  }
  const pem = await readFile(file, "utf8");
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause may quote the key.
    throw new TradingError("CONFIG_INVALID", { file, faults: ["is not a private key in PEM"] });
  }
}

/** Of those that make it at once one wins: a link never replaces what is there. */
async function makeKey(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync("ed25519");
  const fresh = `${file}.${randomUUID()}.new`;
  await writeFile(fresh, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  await chmod(fresh, 0o600);
  await link(fresh, file).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  });
  await rm(fresh, { force: true });
}
