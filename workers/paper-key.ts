import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Secret } from "../runtime/secret.ts";

/** The key of the paper account, which the exchange process made at its first start. */
export async function readPaperKey(
  exchangeDir: string,
): Promise<{ readonly keyId: string; readonly privateKeyPem: Secret }> {
  try {
    const keyId = (await readFile(join(exchangeDir, "paper-key.id"), "utf8")).trim();
    const pem = await readFile(join(exchangeDir, "paper-key.pem"), "utf8");
    return { keyId, privateKeyPem: new Secret(pem) };
  } catch (error) {
    throw new Error(
      `no paper key in ${exchangeDir}: the exchange process makes it at its first start`,
      {
        cause: error,
      },
    );
  }
}
