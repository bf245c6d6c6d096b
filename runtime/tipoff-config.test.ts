import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TradingError } from "../core/domain/errors.ts";
import { canonicalJson } from "./config-file.ts";
import { loadTipoffConfig } from "./tipoff-config.ts";

const SHIPPED = "config/tipoff.yaml";
const directory = mkdtempSync(join(tmpdir(), "tipoff-config-"));

/** Writes the shipped file with one piece of text changed. */
function changed(from: string, to: string): string {
  const text = readFileSync(SHIPPED, "utf8");
  expect(text).toContain(from);
  const file = join(directory, "changed.yaml");
  writeFileSync(file, text.replace(from, to));
  return file;
}

function faultsOf(file: string): { file: string; faults: string[] } {
  try {
    loadTipoffConfig(file);
  } catch (error) {
    expect(error).toBeInstanceOf(TradingError);
    if (error instanceof TradingError && error.code === "CONFIG_INVALID") {
      return error.details as { file: string; faults: string[] };
    }
  }
  throw new Error("the file was not refused");
}

describe("tipoff.yaml", () => {
  it("is loaded as shipped, in the units of the core", () => {
    const { config, hash } = loadTipoffConfig(SHIPPED);
    // 10,000 USD in micros, and 1 cent.
    expect(config.paper.startingCash).toBe(10_000_000_000);
    expect(config.decision.execution.repriceMicros).toBe(10_000);
    expect(config.limits.maxEntriesPerGame).toBe(1);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("survives JSON: what a run stores decides the same", () => {
    const { config } = loadTipoffConfig(SHIPPED);
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
  });

  it("has a hash of its values, not of its comments", () => {
    const { hash } = loadTipoffConfig(SHIPPED);
    expect(loadTipoffConfig(changed("# Settings of", "# The settings of")).hash).toBe(hash);
    expect(loadTipoffConfig(changed("repriceCents: 1 ", "repriceCents: 2 ")).hash).not.toBe(hash);
  });

  it.each([
    [
      "an unknown key",
      "repriceCents: 1 ",
      "repricecents: 1 ",
      /execution: unknown key "repricecents"/,
    ],
    [
      "a missing key",
      "repriceCents: 1 ",
      "",
      /execution\.repriceCents: expected a number from 0\.1 to 20, found nothing/,
    ],
    [
      "a negative number",
      "repriceCents: 1 ",
      "repriceCents: -4 ",
      /execution\.repriceCents: expected a number from 0\.1 to 20, found -4/,
    ],
    [
      "a wrong type",
      "repriceCents: 1 ",
      'repriceCents: "4" ',
      /execution\.repriceCents: expected a number from 0\.1 to 20, found "4"/,
    ],
    ["NaN", "repriceCents: 1 ", "repriceCents: .nan ", /execution\.repriceCents: .*found NaN/],
    [
      "infinity",
      "repriceCents: 1 ",
      "repriceCents: .inf ",
      /execution\.repriceCents: .*found Infinity/,
    ],
    [
      "a fraction of a count",
      "maxLockAttempts: 3 ",
      "maxLockAttempts: 2.5 ",
      /limits\.maxLockAttempts: expected a whole number from 0 to 100, found 2\.5/,
    ],
    [
      "an unknown word",
      "positionScope: strategy ",
      "positionScope: none ",
      /limits\.positionScope: expected strategy or shared, found "none"/,
    ],
    [
      "a window that closes before it opens",
      "windowClosesSeconds: 180 ",
      "windowClosesSeconds: 1500 ",
      /windowClosesSeconds: must be below windowOpensSeconds/,
    ],
    [
      "an address without the venue's path",
      "marketData: local ",
      "marketData: https://external-api.kalshi.com ",
      /venue\.marketData: expected local, http:\/\/HOST\/trade-api\/v2 or https:.*found "https:/,
    ],
    [
      "an address with a query",
      "orders: local ",
      "orders: http://127.0.0.1:1?/trade-api/v2 ",
      /venue\.orders: expected local/,
    ],
    [
      "a stream by HTTP",
      "stream: local ",
      "stream: http://127.0.0.1:1/trade-api/ws/v2 ",
      /venue\.stream: expected local, ws:\/\/HOST\/trade-api\/ws\/v2 or wss:/,
    ],
    [
      "market data of two hosts",
      "marketData: local ",
      "marketData: http://127.0.0.1:1/trade-api/v2 ",
      /venue\.stream: must be local where marketData is/,
    ],
    ["text that is not YAML", "forecast:", "forecast: [", /.+/],
    ["a key twice", "paper:", "paper: {}\npaper:", /unique/],
  ])("is refused with file, key, value and range: %s", (_, from, to, expected) => {
    const file = changed(from, to);
    const refused = faultsOf(file);
    expect(refused.file).toBe(file);
    expect(refused.faults.join("\n")).toMatch(expected);
  });

  it("names every fault at once", () => {
    const file = changed("repriceCents: 1 ", "repriceCents: -4 ");
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace("maxLockAttempts: 3 ", "maxLockAttempts: x "),
    );
    expect(faultsOf(file).faults).toHaveLength(2);
  });

  it("is refused when it is not there", () => {
    expect(faultsOf(join(directory, "absent.yaml")).faults.join()).toMatch(/ENOENT/);
  });
});

describe("canonicalJson", () => {
  it("does not depend on the sequence of keys, at any depth", () => {
    expect(canonicalJson({ b: { d: 1, c: [2, { f: 3, e: 4 }] }, a: 0 })).toBe(
      '{"a":0,"b":{"c":[2,{"e":4,"f":3}],"d":1}}',
    );
  });
});

describe("the strategies of a day", () => {
  const line = "active: [pregame-anchored, model-edge, mean-reversion]";

  it("are put in sequence, and refused where a name has no section", () => {
    const file = changed(line, "active: [model-trees, pregame-anchored]");
    const { strategies } = loadTipoffConfig(file).config.decision;
    expect(strategies.active).toEqual(["pregame-anchored", "model-trees"]);
    expect(() => loadTipoffConfig(changed(line, "active: [own-late]"))).toThrow(
      "own-late has no section",
    );
    expect(() => loadTipoffConfig(changed(line, "active: [late]"))).toThrow("strategies.active.0");
  });

  it("have trees of the age that their section allows, and without one of none", () => {
    const days = (allowed: string) =>
      changed("maxModelAgeDays: 120 ", `maxModelAgeDays: ${allowed} `);
    expect(loadTipoffConfig(days("2")).config.limits.maxTreesAgeMs).toBe(2 * 86_400_000);
    const section =
      /\n {2}modelTrees:\n(?: {4}.*\n)+/.exec(readFileSync(SHIPPED, "utf8"))?.[0] ?? "";
    const { config } = loadTipoffConfig(changed(section, "\n"));
    expect(config.decision.strategies.modelTrees).toBeUndefined();
    expect(config.limits.maxTreesAgeMs).toBe(0);
  });

  it("are not routed unless the router is switched on, and its rules can be judged before", () => {
    const off = loadTipoffConfig(SHIPPED).config;
    expect(off.decision.router).toBeUndefined();
    expect(off.routerRules?.rules.length).toBeGreaterThan(0);
    const on = loadTipoffConfig(changed("router:\n  enabled: false", "router:\n  enabled: true"));
    expect(on.config.decision.router).toEqual(off.routerRules);
  });
});
