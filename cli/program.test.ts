import { Command, type Option } from "commander";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { COMMANDS, runCommandLine } from "./program.ts";

let written = "";

beforeEach(() => {
  written = "";
  const capture = (chunk: unknown): boolean => {
    written += String(chunk);
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(capture);
  vi.spyOn(process.stderr, "write").mockImplementation(capture);
  vi.stubEnv("TIPOFF_HOME", "/tmp/no-home-of-anybody");
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = 0;
});

it.each(Object.keys(COMMANDS))("%s has a help that says what it does", async (name) => {
  expect(await runCommandLine([name, "--help"])).toBe(0);
  expect(written).toMatch(new RegExp(`^Usage: tipoff ${name} .*\n\n\\w+`));
});

/** What shows a night or its own progress while it runs, or runs until it is ended: no answer to read. */
const NO_ANSWER = ["start", "up", "model train", "exchange"];

it("answers as JSON, every command that answers something", async () => {
  const silent: string[] = [];
  const visit = (command: Command, path: string): void => {
    const answers = command.commands.length === 0 || command.options.some(isJson);
    if (answers && !command.options.some(isJson)) silent.push(path);
    for (const child of command.commands) visit(child, `${path} ${child.name()}`);
  };
  const isJson = ({ long, required }: Option): boolean => long === "--json" && !required;
  for (const [name, load] of Object.entries(COMMANDS)) {
    const program = new Command();
    (await load())(program);
    for (const command of program.commands) visit(command, name);
  }
  expect(silent).toEqual(NO_ANSWER);
});

it("lists every command", async () => {
  expect(await runCommandLine(["--help"])).toBe(0);
  for (const name of Object.keys(COMMANDS)) expect(written).toContain(`\n  ${name} `);
});

it.each([
  [["start", "--games", "16"], "1 to 15"],
  [["start", "--speed", "0.5"], "1 to 240"],
  [["start", "--speed", "NaN"], "1 to 240"],
  [["start", "--recording", "DIR", "--seed", "3"], "cannot be used with"],
  [["partner", "set", "KXNBAGAME-26NOV20BOSNYK", "0"], "above 0 and below 1"],
  [["kill"], "--reason"],
  [["kill", "--reason", "x", "--level", "some"], "cancel-all"],
  [["day", "start", "--source", "mars"], "world:SEED"],
  [["day", "start", "--date", "2026-02-30"], "YYYY-MM-DD"],
  [["report", "yesterday"], "YYYY-MM-DD"],
  [["start", "--hours", "2"], "--btc"],
  [["start", "--btc", "--games", "2", "--json", "x.json"], "--json is one report"],
  [["start", "--json", "package.json/report.json"], "--json"],
  [["start", "--json", "cli"], "it is a folder"],
  [["start", "--seed", "1000000000000000"], "0 to 999999999999999"],
  [["start", "--btc", "--series", "KXETH"], "KXBTC15M"],
  [["btc", "start", "--series", "KXBTC,KXETH"], "KXETH is none of"],
  [["btc", "start", "--hours", "0"], "1 to 168"],
  [["btc", "start", "--source", "mars"], "world:SEED"],
  [["btc", "start", "--source", "recording:DIR", "--hours", "2"], "a recording has its own"],
  [["btc", "start", "--source", "live", "--games", "2"], "--games are of a world"],
  [["day", "start", "--source", "live", "--games", "3"], "--games are of a world"],
  [["day", "start", "--source", "recording:DIR", "--games", "3"], "--games are of a world"],
  [["schedule", "on", "--source", "live", "--games", "6"], "--games are of a world"],
  [["exchange", "--source", "live", "--games", "3"], "--games are of a world"],
  [["record"], "--out"],
  [["record", "--out", "DIR", "--date", "2026-12-01"], "add --nba"],
  [["record", "--out", "DIR", "--nba", "--date", "2026-02-30"], "YYYY-MM-DD"],
  [["btc", "report", "--nightly", "--weekly"], "at once"],
  [["btc", "report", "--date", "2026-02-30"], "YYYY-MM-DD"],
  [["btc", "contract"], "ticker"],
  [["stage", "demote"], "--reason"],
  [["unlock"], "--reason"],
  [["rollback"], "--to"],
  [["readiness", "tick", "luck", "--note", "x"], "separate-keys"],
  [["readiness", "tick", "legal"], "--note"],
  [["exchange", "--source", "foo"], "is not a source"],
  [["exchange", "--source", "world:7", "--games", "2", "--scalar-game", "2"], "--scalar-game 2"],
  [["exchange", "--games", "3"], "--source"],
  [["btc", "sweep", "--since", "yesterday"], "Expected an instant"],
  [["nothing-like-it"], "unknown command"],
])("answers 2 to wrong use: %j", async (args, says) => {
  expect(await runCommandLine(args)).toBe(2);
  expect(written).toContain(says);
});

it("answers 2 to a variable that cannot be read, naming it", async () => {
  vi.stubEnv("LOG_LEVEL", "loud");
  expect(await runCommandLine(["games"])).toBe(2);
  expect(written).toContain("LOG_LEVEL");
  expect(written).toContain("correct or unset");
});

it("answers 3 to the variable that asks for mode live", async () => {
  vi.stubEnv("TIPOFF_MODE", "live");
  expect(await runCommandLine(["games"])).toBe(3);
  expect(written).toContain("does not exist yet");
  expect(written).toContain("next:");
});

it("prints its version", async () => {
  expect(await runCommandLine(["--version"])).toBe(0);
  expect(written).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it.each([
  [["up", "--mode", "live"], "does not exist yet"],
  [["start", "--mode", "live"], "does not exist yet"],
  [["day", "start", "--mode", "live"], "does not exist yet"],
  [["day", "start", "--source", "live"], "KALSHI_API_KEY_ID"],
  [["btc", "start", "--mode", "live"], "does not exist yet"],
  [["btc", "start", "--source", "live"], "KALSHI_API_KEY_ID"],
  [["record", "--out", "/tmp/no-such-recording"], "KALSHI_API_KEY_ID"],
])("answers 3 where a safety rule refuses: %j", async (args, says) => {
  expect(await runCommandLine(args)).toBe(3);
  expect(written).toContain(says);
  expect(written).toContain("next:");
});

it.each([
  [["start", "--recording", "/no/such/folder"], "/no/such/folder"],
  [["day", "status"], "npx tipoff up"],
  [["btc", "status"], "npx tipoff up"],
  [["btc", "stop"], "npx tipoff up"],
  [["btc", "checklist"], "npx tipoff up"],
  [["btc", "sweep", "--since", "2h"], "npx tipoff up"],
  [["btc", "contract", "KXBTC15M-26MAY110530-30"], "npx tipoff up"],
  [["btc", "report"], "no nightly report in paper"],
  [["btc", "report", "--date", "2026-05-12"], "no nightly report of 2026-05-12"],
  [["games"], "npx tipoff up"],
  [["kill", "--reason", "drill"], "npx tipoff up"],
  [["stage"], "npx tipoff up"],
  [["stage", "promote", "--home", "/tmp/no-home-either"], "/tmp/no-home-either"],
  [["lock", "status"], "npx tipoff up"],
  [["readiness"], "npx tipoff up"],
  [["preflight"], "npx tipoff up"],
  [["rollback", "--to", "lock-1"], "npx tipoff up"],
  [["report", "2026-12-01"], "there is no report"],
])("answers 1 with the next step where nothing runs: %j", async (args, says) => {
  expect(await runCommandLine(args)).toBe(1);
  expect(written).toContain(says);
});
