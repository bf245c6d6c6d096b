import { chmod, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Home, homeAt } from "./home.ts";
import { openSigner } from "./signing-key.ts";

let home: Home;
beforeEach(async () => {
  home = homeAt(await mkdtemp(join(tmpdir(), "tipoff-key-")));
});
afterEach(() => rm(home.path, { recursive: true, force: true }));

it("makes a key at its first use, for its owner only, and keeps it", async () => {
  // At once in one process too: each makes a file of its own.
  const atOnce = await Promise.all(Array.from({ length: 8 }, () => openSigner(home)));
  const { keyId } = await openSigner(home);
  for (const one of atOnce) expect(one.keyId).toBe(keyId);
  const { mode } = await stat(join(home.path, "keys", "signing.pem"));
  expect(mode & 0o777).toBe(0o600);
  expect(await readdir(join(home.path, "keys"))).toEqual(["signing.pem"]);
});

it("verifies what it signed, whatever the sequence of keys, and nothing else", async () => {
  const signer = await openSigner(home);
  const signature = signer.sign({ a: 1, b: { c: null, d: "x" } });
  expect(signer.verifies({ b: { d: "x", c: null }, a: 1 }, signature)).toBe(true);
  expect(signer.verifies({ a: 2, b: { c: null, d: "x" } }, signature)).toBe(false);
  expect(signer.verifies({ a: 1, b: { c: null, d: "x" }, e: 0 }, signature)).toBe(false);
  expect(signer.verifies({ a: 1, b: { c: null, d: "x" } }, "rubbish")).toBe(false);
});

it("believes no signature of another home's key", async () => {
  const other = homeAt(await mkdtemp(join(tmpdir(), "tipoff-key-")));
  const signature = (await openSigner(other)).sign({ a: 1 });
  expect((await openSigner(home)).verifies({ a: 1 }, signature)).toBe(false);
  await rm(other.path, { recursive: true, force: true });
});

it("refuses a key that others may read", async () => {
  await openSigner(home);
  await chmod(join(home.path, "keys", "signing.pem"), 0o644);
  await expect(openSigner(home)).rejects.toThrow("SAFETY_REFUSED");
});
