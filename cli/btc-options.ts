import { type Command, InvalidArgumentError, Option } from "commander";
import { BTC_SERIES, type BtcSeries } from "../core/domain/btc-contract.ts";
import { HOURS_MAX } from "../sim/exchange/sources.ts";
import { integerOption } from "./output.ts";

/** Adds `--series` and `--hours`. */
export function withBtcPlay(command: Command, defaults: string): Command {
  return command
    .addOption(
      new Option("--series <list>", `of ${BTC_SERIES.join(",")} (default: ${defaults})`).argParser(
        seriesOption,
      ),
    )
    .option(
      "--hours <n>",
      "hours of Bitcoin that a world plays, or the live source is heard",
      integerOption(1, HOURS_MAX),
    );
}

/** Parser of a list of series, in the sequence of the product. */
export function seriesOption(text: string): readonly BtcSeries[] {
  const named = text.split(",").map((one) => one.trim().toUpperCase());
  const unknown = named.find((one) => !BTC_SERIES.some((series) => series === one));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`${unknown} is none of ${BTC_SERIES.join(", ")}.`);
  }
  return BTC_SERIES.filter((series) => named.includes(series));
}
