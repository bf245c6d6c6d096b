/** Plays GAME-NIGHT on backtrader, NautilusTrader and Tipoff: `npm run bench:peers`. Exit code 1 when a checksum differs. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { print, table } from "../cli/output.ts";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";
import { apart, isSame } from "./game-night/measure.ts";
import { referenceNight } from "./game-night/reference.ts";
import { nightCsv, readNight } from "./game-night/workload.ts";
import { machineLine } from "./result.ts";

const PACKAGES = ["backtrader==1.9.78.123", "nautilus_trader==1.221.0"];
/** Kept between runs: the packages weigh a few hundred megabytes. */
const VENV = join(PACKAGE_ROOT, ".cache", "bench-peers");
const PYTHON = join(VENV, "bin", "python");
const ROUNDS = 3;
/** How much faster than each peer we promise to be. */
const FASTER = { nautilus: 5, backtrader: 40 } as const;
/** What the peers come to, quotes a second, on the machine that the promises were made on. */
const PROMISED_ON = { nautilus: 203_840, backtrader: 23_309 } as const;

const Played = z.strictObject({
  rate: z.number(),
  peakMb: z.number(),
  checksum: z.strictObject({
    entries: z.number(),
    closed: z.number(),
    settled: z.number(),
    result: z.number(),
    fees: z.number(),
    fills: z.string(),
  }),
});
type Played = z.infer<typeof Played>;

const folder = mkdtempSync(join(tmpdir(), "tipoff-peers-"));
try {
  process.exitCode = run(folder) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** @returns whether all came to the same. */
function run(into: string): boolean {
  install();
  const csv = nightCsv();
  const file = join(into, "night.csv");
  writeFileSync(file, csv);
  const wanted = referenceNight(readNight(csv));
  const rounds = Array.from({ length: ROUNDS }, () => ({
    ours: apart("night"),
    nautilus: play("peer_nautilus.py", file),
    backtrader: play("peer_backtrader.py", file),
  }));
  const ours = medianOf(rounds.map((round) => round.ours.median));
  const oursFirst = medianOf(rounds.map((round) => round.ours.first));
  const nautilus = medianOf(rounds.map((round) => round.nautilus.rate));
  const backtrader = medianOf(rounds.map((round) => round.backtrader.rate));
  const isEqual = rounds.every(
    (round) =>
      round.ours.isEqual &&
      isSame(round.nautilus.checksum, wanted) &&
      isSame(round.backtrader.checksum, wanted),
  );
  print(machineLine());
  print(
    `medians of ${ROUNDS} rounds; of ours each is the median of five passes after the first, a peer has one pass a round`,
  );
  const times = (rate: number): string => (ours / rate).toFixed(1);
  const last = rounds.at(-1);
  print(
    table(
      ["engine", "quotes/s", "first pass", "ours is", "promised", "peak MB"],
      [
        ["Tipoff", `${ours}`, `${oursFirst}`, "", "", `${last?.ours.peakMb ?? ""}`],
        [
          "NautilusTrader 1.221.0, risk engine on",
          `${nautilus}`,
          `${nautilus}`,
          `${times(nautilus)} times`,
          `${FASTER.nautilus} times`,
          `${last?.nautilus.peakMb ?? ""}`,
        ],
        [
          "backtrader 1.9.78.123, event mode",
          `${backtrader}`,
          `${backtrader}`,
          `${times(backtrader)} times`,
          `${FASTER.backtrader} times`,
          `${last?.backtrader.peakMb ?? ""}`,
        ],
      ],
    ),
  );
  const share = (rate: number, there: number): string => `${Math.round((rate / there) * 100)} %`;
  print(
    `this machine plays NautilusTrader at ${share(nautilus, PROMISED_ON.nautilus)} and backtrader at ` +
      `${share(backtrader, PROMISED_ON.backtrader)} of the speed of the one that the promises were made on ` +
      `(${PROMISED_ON.nautilus} and ${PROMISED_ON.backtrader} quotes/s): absolute promises are of that one`,
  );
  print(
    `GAME-NIGHT ours=${ours} nautilus=${nautilus} backtrader=${backtrader} ` +
      `ratio=${(ours / nautilus).toFixed(2)} checksum=${isEqual ? "equal" : "different"}`,
  );
  return isEqual;
}

function install(): void {
  if (!existsSync(PYTHON)) {
    execFileSync("python3.11", ["-m", "venv", VENV], { stdio: "inherit" });
  }
  execFileSync(PYTHON, ["-m", "pip", "install", "--quiet", ...PACKAGES], { stdio: "inherit" });
}

function play(script: string, file: string): Played {
  const args = [join(PACKAGE_ROOT, "bench", "game-night", script), file];
  return Played.parse(JSON.parse(execFileSync(PYTHON, args, { encoding: "utf8" })));
}

function medianOf(rates: readonly number[]): number {
  return [...rates].sort((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0;
}
