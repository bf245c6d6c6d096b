import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Signer } from "../../core/domain/signed.ts";
import { type Home, homeAt } from "../../runtime/home.ts";
import { openSigner } from "../../runtime/signing-key.ts";

/** A home of a test, with a key of its own. */
export interface SigningHome {
  readonly home: Home;
  readonly signer: Signer;
  readonly remove: () => void;
}

/** Makes a home that only signs. */
export async function signingHome(): Promise<SigningHome> {
  const home = homeAt(mkdtempSync(join(tmpdir(), "tipoff-signing-")));
  const remove = (): void => {
    rmSync(home.path, { recursive: true, force: true });
  };
  return { home, signer: await openSigner(home), remove };
}
