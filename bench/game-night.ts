import { print } from "../cli/output.ts";
import { measureNightApart } from "./game-night/measure.ts";
import type { BenchResult, Figure } from "./result.ts";

const TARGET = 1_000_000;
const MEMORY_MB = 300;
/** Share of quotes on which the second workload proposes. */
const OFTEN = 0.05;

/** GAME-NIGHT: 135,000 quotes of 15 games through the whole way of a decision, on one thread. */
export function gameNight(): Promise<BenchResult> {
  const { night, often, isEqual, isOftenEqual } = measureNightApart();
  for (const [name, { quotes, evaluations, records, risk, checksum }] of Object.entries({
    night,
    often,
  })) {
    const { orders, rules, refused } = risk;
    print(
      `  ${name}: ${quotes} quotes, ${evaluations} evaluations, ${records} decisions recorded whole, ` +
        `${orders} orders judged by ${rules} risk rules, ${refused} refused, ${checksum.entries} entries`,
    );
  }
  const figure = (name: string, value: number, unit: string, target: Figure["target"]): Figure => ({
    name,
    value,
    unit,
    target,
  });
  return Promise.resolve({
    name: "game-night",
    definition:
      "GAME-NIGHT of bench/README.md: quote checked, view, strategies, risk, matching, fees, ledger and the records " +
      "that the live system would keep, in memory, of the second workload streamed to a file; what is not kept is " +
      "asked for its verdicts alone, by the same strategies; the first pass of a process, and the median of five after it",
    seed: 20_260_101,
    checksum: night.checksum.fills,
    figures: [
      figure("GAME-NIGHT, median of five", night.median, "quotes/s", { atLeast: TARGET }),
      figure("GAME-NIGHT, first pass", night.first, "quotes/s", null),
      figure("GAME-NIGHT, equal to the published totals and the bare loop", isEqual ? 1 : 0, "", {
        atLeast: 1,
      }),
      figure("a proposal on 5 % of quotes, median of five", often.median, "quotes/s", null),
      figure("orders judged a quote, second workload", often.risk.orders / often.quotes, "", {
        atLeast: OFTEN,
      }),
      figure(
        "a proposal on 5 % of quotes, equal to its committed figures",
        isOftenEqual ? 1 : 0,
        "",
        {
          atLeast: 1,
        },
      ),
      figure("a proposal on 5 % of quotes, first pass", often.first, "quotes/s", null),
      figure("GAME-NIGHT, peak memory", night.peakMb, "MB", { atMost: MEMORY_MB }),
      figure("a proposal on 5 % of quotes, peak memory", often.peakMb, "MB", {
        atMost: MEMORY_MB,
      }),
    ],
  });
}
