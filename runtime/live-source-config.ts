import { z } from "zod";
import { parseConfigText, readConfigText, whole } from "./config-file.ts";

const address = (schemes: "http" | "ws"): z.ZodString => {
  const error = `expected ${schemes}s://HOST..., or ${schemes}://127.0.0.1:PORT... on this machine`;
  const pattern = new RegExp(`^(?:${schemes}s://|${schemes}://127\\.)[^\\s?#]+[^\\s?#/]$`);
  return z.string({ error }).regex(pattern, { error });
};

const LiveSourceFile = z.strictObject({
  kalshi: z.strictObject({ rest: address("http"), stream: address("ws") }),
  coinbase: z.strictObject({ rest: address("http"), stream: address("ws") }),
  espn: z.strictObject({ site: address("http"), core: address("http") }),
  nba: z.strictObject({ cdn: address("http") }),
  bitcoin: z.strictObject({ listedAheadMinutes: whole(15, 1_440) }),
});

/** Where the live venue and its feeds answer. */
type LiveAddresses = Pick<z.infer<typeof LiveSourceFile>, "kalshi" | "coinbase" | "espn" | "nba">;

/** Settings of the live source. */
export interface LiveSourceConfig {
  readonly addresses: LiveAddresses;
  /** Bitcoin markets are mirrored so long before their close, milliseconds. */
  readonly listedAheadMs: number;
}

/**
 * Reads the settings of the live source.
 *
 * @throws TradingError CONFIG_INVALID naming file, key, value and what is allowed, of every fault.
 */
export function loadLiveSourceConfig(file: string): LiveSourceConfig {
  const { bitcoin, ...addresses } = parseConfigText(file, readConfigText(file), LiveSourceFile);
  return { addresses, listedAheadMs: bitcoin.listedAheadMinutes * 60_000 };
}
