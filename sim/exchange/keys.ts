import { createPublicKey, generateKeyPair, type KeyObject, randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { KeyRing } from "./http/auth.ts";

/** `keys.json`: the public keys that may sign for the paper account. Add a bot's own here. */
const KeyFile = z.strictObject({
  keys: z.array(z.strictObject({ keyId: z.string().min(1), publicKeyPem: z.string() })),
});

/** Where the client of the paper account finds its own key. */
export interface PaperKey {
  readonly keyId: string;
  readonly keyIdPath: string;
  readonly privateKeyPath: string;
}

const FILES = { ring: "keys.json", privateKey: "paper-key.pem", id: "paper-key.id" } as const;

/** Reads the key ring; at the first start makes an Ed25519 pair for the paper account, the cheaper kind. */
export async function openKeys(dataDir: string): Promise<{ ring: KeyRing; paper: PaperKey }> {
  const ringPath = join(dataDir, FILES.ring);
  const text = await readFile(ringPath, "utf8").catch(() => null);
  if (text === null) await makePaperKey(dataDir);
  const file = KeyFile.parse(JSON.parse(text ?? (await readFile(ringPath, "utf8"))));
  const ring = new Map<string, KeyObject>();
  for (const key of file.keys) ring.set(key.keyId, createPublicKey(key.publicKeyPem));
  const keyIdPath = join(dataDir, FILES.id);
  const keyId = (await readFile(keyIdPath, "utf8")).trim();
  return { ring, paper: { keyId, keyIdPath, privateKeyPath: join(dataDir, FILES.privateKey) } };
}

async function makePaperKey(dataDir: string): Promise<void> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("ed25519", {
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const keyId = randomUUID();
  await writeFile(join(dataDir, FILES.privateKey), privateKey, { mode: 0o600 });
  await writeFile(join(dataDir, FILES.id), `${keyId}\n`, { mode: 0o600 });
  // The ring comes last and whole: without it, a start cut short begins again.
  const ringPath = join(dataDir, FILES.ring);
  await writeFile(
    `${ringPath}.new`,
    JSON.stringify({ keys: [{ keyId, publicKeyPem: publicKey }] }, null, 2),
    { mode: 0o600 },
  );
  await rename(`${ringPath}.new`, ringPath);
}
