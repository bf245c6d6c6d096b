import type { Logger } from "pino";
import type { Mode } from "../core/domain/decision.ts";
import type { TradingDate } from "../core/domain/time.ts";
import { type ExchangeControl, isOfOtherMode } from "../runtime/exchange-control.ts";
import { LOCAL } from "../runtime/venue-addresses.ts";
import type { Db } from "../schema/database.ts";
import { hasRunOf } from "../schema/queries/runs.ts";

type Control = Pick<ExchangeControl, "state" | "manifest">;

/** The night of games that the exchange plays, or has played. */
export interface LoadedNight {
  readonly date: TradingDate;
  /** Whose account it has; null where the exchange does not know. */
  readonly mode: Mode | null;
}

/** What the exchange has loaded; Bitcoin alone is no night. */
export async function loadedNight(control: Control): Promise<LoadedNight | null> {
  const { loaded, request } = await control.state();
  if (loaded === null) return null;
  const { date, games } = await control.manifest();
  return games.length > 0 ? { date, mode: request?.mode ?? null } : null;
}

/**
 * Whether the account is of a night that no run of this mode is of: of one that was loaded for the other mode, or
 * that none has begun yet. Of what is heard live, and of a venue elsewhere, the account is asked without a run.
 */
export async function isBetweenNights({
  control,
  db,
  mode,
  orders,
  log,
}: {
  readonly control: Control;
  readonly db: Db;
  readonly mode: Mode;
  /** Where orders go, by the settings. */
  readonly orders: string;
  readonly log: Pick<Logger, "warn">;
}): Promise<boolean> {
  if (orders !== LOCAL) return false;
  const state = await control.state();
  if (state.loaded === null) return false;
  const { kind, name, date } = await control.manifest();
  if (isOfOtherMode(state, mode)) {
    log.warn({ name, date }, "a night of the other mode is loaded: no account is compared");
    return true;
  }
  if (kind === "live") return false;
  const hasBegun = await hasRunOf(db, { mode, source: name, date });
  if (!hasBegun) {
    log.warn({ name, date }, "a night is loaded that no day has begun: no account is compared");
  }
  return !hasBegun;
}
