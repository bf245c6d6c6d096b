import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { loadLiveSourceConfig } from "./live-source-config.ts";
import { PACKAGE_ROOT } from "./package-root.ts";

const USUAL = `${PACKAGE_ROOT}config/live_source.yaml`;
const dir = mkdtempSync(join(tmpdir(), "live-source-"));
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

it("reads the shipped file: everything over TLS", () => {
  const { addresses, listedAheadMs } = loadLiveSourceConfig(USUAL);
  expect(listedAheadMs).toBe(7_200_000);
  const all = Object.values(addresses).flatMap((of) => Object.values(of));
  expect(all).toHaveLength(7);
  for (const address of all) expect(address).toMatch(/^(https|wss):\/\//);
});

it.each([
  ["an unknown key", "nba:", "nfl:", /unknown key \\"nfl\\"/],
  ["no TLS", "https://cdn.nba.com", "http://cdn.nba.com", /nba\.cdn: expected https:\/\/HOST/],
  ["another protocol", "wss://ws-feed", "https://ws-feed", /coinbase\.stream: expected wss:/],
  ["a range", "listedAheadMinutes: 120", "listedAheadMinutes: 0", /15 to 1440, found 0/],
])("refuses %s, by key and what is allowed", (_, from, to, expected) => {
  const file = join(dir, "live_source.yaml");
  writeFileSync(file, readFileSync(USUAL, "utf8").replace(from, to));
  expect(() => loadLiveSourceConfig(file)).toThrow(expected);
});

it("names the file that cannot be read", () => {
  expect(() => loadLiveSourceConfig(join(dir, "none.yaml"))).toThrow("none.yaml");
});
