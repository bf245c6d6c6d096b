import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";
import type { VenueSettings } from "../../runtime/tipoff-config.ts";
import { NightHome } from "./night-home.ts";

let night: NightHome;
beforeAll(async () => {
  night = await NightHome.create();
});
afterAll(() => night.remove());

it("refuses an option that does not exist with exit code 2, and starts nothing", async () => {
  const answer = await night.answer("start", "--game", "3");
  expect(answer.exitCode).toBe(2);
  expect(answer.said).toContain("unknown option '--game'");
  expect(await readdir(night.home.path)).toEqual([]);
});

it.each([
  {
    fault: "a key that does not exist",
    from: "  maxLockAttempts: 3",
    to: "  maxLockAttempt: 3\n  maxLockAttempts: 3",
    says: /limits\.?.*maxLockAttempt\b/,
  },
  {
    fault: "a negative number",
    from: "  maxLockAttempts: 3",
    to: "  maxLockAttempts: -3",
    says: /limits\.maxLockAttempts.*0 to 100/,
  },
  {
    fault: "a text for a number",
    from: "  maxLockAttempts: 3",
    to: "  maxLockAttempts: many",
    says: /limits\.maxLockAttempts.*0 to 100/,
  },
])(
  "refuses settings with $fault, naming file, key and range, and starts nothing",
  async ({ from, to, says }) => {
    const usual = await readFile(join(PACKAGE_ROOT, "config", "tipoff.yaml"), "utf8");
    const file = join(night.home.path, "mine.yaml");
    await writeFile(file, usual.replace(from, to));
    const answer = await night.answer("start", "--strategy-config", file, "--exit");
    expect(answer.exitCode).toBe(2);
    expect(answer.said).toContain(file);
    expect(answer.said).toMatch(says);
    expect(await readdir(night.home.path)).toEqual(["mine.yaml"]);
  },
);

const REST = "https://external-api.kalshi.com/trade-api/v2";
const STREAM = "wss://external-api-ws.kalshi.com/trade-api/ws/v2";

it.each([
  {
    fault: "orders at the real venue, on paper",
    mode: "paper",
    venue: { orders: REST },
    says: /venue\.orders: .*external-api.*order-host-is-local; allowed are local/,
  },
  {
    fault: "orders at the real venue, in shadow",
    mode: "shadow",
    venue: { orders: REST },
    says: /venue\.orders: .*external-api.*order-host-is-local; allowed are local/,
  },
  {
    fault: "real market data on paper",
    mode: "paper",
    venue: { marketData: REST, stream: STREAM },
    says: /venue\.marketData: .*market-data-host-fits-mode[^]*venue\.stream: .*in mode shadow only/,
  },
  {
    fault: "somebody's market data in shadow",
    mode: "shadow",
    venue: { marketData: "https://example.org/trade-api/v2", stream: STREAM },
    says: /venue\.marketData: .*example\.org.*market-data-host-fits-mode.*external-api\.kalshi/,
  },
])("refuses $fault with exit code 3, and starts nothing", async ({ mode, venue, says }) => {
  const file = await settingsWith(venue);
  const commands = [["up", "--mode", mode], ...(mode === "paper" ? [["start", "--exit"]] : [])];
  for (const command of commands) {
    const answer = await night.answer(...command, "--strategy-config", file);
    expect(answer.exitCode, answer.said).toBe(3);
    expect(answer.said).toContain(file);
    expect(answer.said).toMatch(says);
  }
  expect(await readdir(night.home.path)).toEqual(["mine.yaml"]);
});

it("takes the real venue's market data in shadow, with a key: without one it says which", async () => {
  const file = await settingsWith({ marketData: REST, stream: STREAM });
  const answer = await night.answer("up", "--mode", "shadow", "--strategy-config", file);
  expect(answer.exitCode, answer.said).toBe(2);
  expect(answer.said).toContain(`venue.stream of ${file}`);
  expect(answer.said).toMatch(/next: .*KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH/);
  expect(await readdir(night.home.path)).toEqual(["mine.yaml"]);
});

/** Writes the usual settings with some of the venue's addresses changed. */
async function settingsWith(venue: Partial<VenueSettings>): Promise<string> {
  const usual = await readFile(join(PACKAGE_ROOT, "config", "tipoff.yaml"), "utf8");
  const text = Object.entries(venue).reduce(
    (before, [key, value]) => before.replace(`${key}: local `, `${key}: ${value} `),
    usual,
  );
  const file = join(night.home.path, "mine.yaml");
  await writeFile(file, text);
  return file;
}

it("refuses the live source with exit code 3 and says what it needs", async () => {
  const answer = await night.answer("day", "start", "--source", "live");
  expect(answer.exitCode).toBe(3);
  expect(answer.said).toContain("KALSHI_API_KEY_ID");
  expect(answer.said).toContain("next:");
});

it.each(["up", "day start"])("refuses mode live with exit code 3: %s", async (command) => {
  const answer = await night.answer(...command.split(" "), "--mode", "live");
  expect(answer.exitCode).toBe(3);
  expect(answer.said).toContain("does not exist yet");
});
