import type { SpreadPnl } from "../activities/report/inputs.ts";
import type { LimitsBook } from "../activities/limits-book.ts";
import { pnlUsd } from "../activities/report/night.ts";
import { findLoads, loadForecasters } from "../backtest/loads.ts";
import { playNight } from "../backtest/night.ts";
import type { GameStrategyDefinition } from "../core/strategies/strategy.ts";
import type { PlayedManifest } from "../runtime/exchange-control.ts";
import type { Home } from "../runtime/home.ts";
import type { TipoffConfig } from "../runtime/tipoff-config.ts";
import { DERIVED_SPREAD_DEFAULT, DERIVED_SPREADS } from "../sim/recordings/derived-book.ts";
import { openRecording } from "../sim/recordings/reader.ts";

const RECORDING = "recording:";

/**
 * Profit of the night at each spread a derived book may have had, by the same decisions over the
 * same facts without Temporal: by the strategies, models and ratings that the night is played with. Empty unless
 * the night's books are derived from trades.
 */
export async function spreadPnl(services: {
  readonly control: {
    manifest(): Promise<Pick<PlayedManifest, "isDerivedBook" | "name">>;
    state(): Promise<{
      readonly loaded: string | null;
      readonly request: { readonly spreadCents?: number | undefined } | null;
    }>;
  };
  readonly config: TipoffConfig;
  readonly home: Pick<Home, "path" | "models">;
  readonly strategies: readonly GameStrategyDefinition[];
  readonly limits: Pick<LimitsBook, "ofSource">;
}): Promise<readonly SpreadPnl[]> {
  const { control, config, strategies } = services;
  const { isDerivedBook, name } = await control.manifest();
  const { loaded, request } = await control.state();
  const played = request?.spreadCents ?? DERIVED_SPREAD_DEFAULT;
  if (!isDerivedBook || loaded === null || !loaded.startsWith(RECORDING)) return [];
  const { limits } = await services.limits.ofSource(name);
  const loads = await findLoads(config, services.home);
  const results: SpreadPnl[] = [];
  for (const spreadCents of DERIVED_SPREADS) {
    const source = await openRecording(loaded.slice(RECORDING.length), { spreadCents });
    const forecasters = await loadForecasters(loads, config.decision, source);
    const { pnl } = await playNight(source, { ...config, limits }, { strategies, ...forecasters });
    results.push({ spreadCents, isPlayed: spreadCents === played, pnlUsd: pnlUsd(pnl) });
  }
  return results;
}
