/** Measures the promised numbers: `npm run bench [-- NAME...]`. Exit code 1 if one is not kept. */
import { Argument, Command } from "commander";
import { print, table } from "../cli/output.ts";
import { audit } from "./audit.ts";
import { backtestCandles } from "./backtest-candles.ts";
import { btcActions } from "./btc-actions.ts";
import { btcCycle } from "./btc-cycle.ts";
import { btcFairValue } from "./btc-fair-value.ts";
import { btcSpot } from "./btc-spot.ts";
import { install, suite } from "./commands.ts";
import { gameNight } from "./game-night.ts";
import { elo } from "./elo.ts";
import { history } from "./history.ts";
import { kill } from "./kill.ts";
import { latency } from "./latency.ts";
import { memory } from "./memory.ts";
import { type BenchResult, isHeld, machineLine, writeResult } from "./result.ts";
import { risk } from "./risk.ts";
import { statistics } from "./statistics.ts";
import { tape } from "./tape.ts";
import { trees } from "./trees.ts";
import { wsReplay } from "./ws-replay.ts";

const BENCHES = {
  audit,
  latency,
  history,
  memory,
  statistics,
  trees,
  "game-night": gameNight,
  elo,
  kill,
  risk,
  "backtest-candles": backtestCandles,
  "btc-spot": btcSpot,
  "btc-fair-value": btcFairValue,
  "btc-cycle": btcCycle,
  "btc-actions": btcActions,
  "ws-replay": wsReplay,
  tape,
  install,
  suite,
} as const;
type BenchName = keyof typeof BENCHES;
// The keys are those of the object above, which no type of the language says.
const NAMES = Object.keys(BENCHES) as readonly BenchName[];

await new Command("bench")
  .addArgument(new Argument("[names...]", "benches to run").choices(NAMES).default([...NAMES]))
  .action(run)
  .parseAsync();

async function run(names: readonly BenchName[]): Promise<void> {
  const results: BenchResult[] = [];
  for (const name of names) {
    print(`bench ${name}`);
    const result = await BENCHES[name]();
    print(`  ${result.definition}`);
    print(`  seed ${result.seed}; ${writeResult(result)}`);
    print(`  ${machineLine()}`);
    if (result.checksum !== undefined) print(`  checksum ${result.checksum}`);
    results.push(result);
  }
  const figures = results.flatMap((result) => result.figures);
  print(
    table(
      ["number", "found", "promised", ""],
      figures.map((figure) => {
        const { name, value, unit, target } = figure;
        const promised =
          target === null
            ? ""
            : "atMost" in target
              ? `at most ${target.atMost} ${unit}`
              : `at least ${target.atLeast} ${unit}`;
        const held = isHeld(figure);
        return [
          name,
          `${value} ${unit}`,
          promised,
          held === null ? "" : held ? "held" : "NOT HELD",
        ];
      }),
    ),
  );
  process.exitCode = figures.some((figure) => isHeld(figure) === false) ? 1 : 0;
}
