import { required } from "../../core/domain/assert.ts";
import { NBA_SERIES } from "../../core/domain/ids.ts";
import type { FeeSchedule } from "../../core/domain/market.ts";
import type { Instant } from "../../core/domain/units.ts";
import type { FeeChange, SourceManifest } from "../facts.ts";
import { SERIES, seriesTicker } from "./series.ts";

/** What each series charges, and when that changes. Sources state changes of the NBA's series only. */
export class SeriesFees {
  readonly #changes: ReadonlyMap<string, readonly FeeChange[]>;

  constructor(manifest: SourceManifest) {
    const stated = [...(manifest.feeChanges ?? [])].sort((a, b) => a.at - b.at);
    this.#changes = new Map(
      [...SERIES.values()].map(({ ticker, fees }) => {
        const first = { ...fees, at: manifest.startAt };
        return [ticker, ticker === NBA_SERIES ? [first, ...stated] : [first]];
      }),
    );
  }

  /** A series' schedules, oldest first: what the night begins with, and each change after it. */
  changes(series: string): readonly FeeChange[] {
    return this.#changes.get(series) ?? [];
  }

  /** The schedule in force for a market, or a whole series, at an instant. */
  at(ticker: string, at: Instant): FeeSchedule {
    const series = seriesTicker(ticker);
    const changes = required(this.#changes.get(series), `fees of ${series}`);
    return required(changes.findLast((change) => change.at <= at) ?? changes[0], "its first fees");
  }
}
