import type { SpreadPnl } from "../activities/report/inputs.ts";
import type { LimitsBook } from "../activities/limits-book.ts";
import { pnlUsd } from "../activities/report/night.ts";
import { playNight } from "../backtest/night.ts";
import type { ExchangeControl } from "../runtime/exchange-control.ts";
import type { TipoffConfig } from "../runtime/tipoff-config.ts";
import { DERIVED_SPREADS } from "../sim/recordings/derived-book.ts";
import { openRecording } from "../sim/recordings/reader.ts";

const RECORDING = "recording:";

/**
 * Profit of the night at each spread a derived book may have had, by the same decisions over the
 * same facts without Temporal. Empty unless the night's books are derived from trades.
 */
export async function spreadPnl(services: {
  readonly control: ExchangeControl;
  readonly config: TipoffConfig;
  readonly limits: Pick<LimitsBook, "ofSource">;
}): Promise<readonly SpreadPnl[]> {
  const { isDerivedBook, name } = await services.control.manifest();
  const { loaded } = await services.control.state();
  if (!isDerivedBook || loaded === null || !loaded.startsWith(RECORDING)) return [];
  const { limits } = await services.limits.ofSource(name);
  const results: SpreadPnl[] = [];
  for (const spreadCents of DERIVED_SPREADS) {
    const source = await openRecording(loaded.slice(RECORDING.length), { spreadCents });
    const { pnl } = await playNight(source, { ...services.config, limits });
    results.push({ spreadCents, pnlUsd: pnlUsd(pnl) });
  }
  return results;
}
