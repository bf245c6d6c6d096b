import type { NightSource, ScoreFeeds } from "../activities/ports.ts";
import { createKalshiVenue } from "../clients/kalshi/venue.ts";
import type { RunClock } from "../core/domain/time.ts";
import { instant } from "../core/domain/units.ts";
import type { Venue } from "../core/domain/venue.ts";
import { createExchangeControl, type ExchangeControl } from "../runtime/exchange-control.ts";
import { createLogger } from "../runtime/log.ts";
import { nightSource, openFeeds } from "../workers/services.ts";
import { restAccess } from "../workers/venue.ts";
import type { RunningHome } from "./context.ts";

/** The venue, its feeds and its control, as the worker of this home sees them. */
export interface VenueSide {
  readonly venue: Venue;
  readonly feeds: ScoreFeeds;
  readonly source: NightSource;
  readonly control: ExchangeControl;
}

/** Opens the venue of a running home by itself: a question needs no worker. */
export async function openVenueSide(running: RunningHome): Promise<VenueSide> {
  const { exchangeUrl, mode, home, environment } = running;
  const control = createExchangeControl(exchangeUrl);
  const { nowMs, speed } = await control.clock();
  const startedAt = performance.now();
  const clock: RunClock = {
    now: () => instant(Math.floor(nowMs + (performance.now() - startedAt) * speed)),
    speed,
  };
  const places = { venue: running.venue, exchangeDir: home.exchange, environment };
  const venue = createKalshiVenue({
    ...(await restAccess(places, clock)),
    mode,
    clock,
    log: createLogger({ level: environment.logLevel, service: "cli" }),
  });
  return { venue, feeds: openFeeds(exchangeUrl, clock), source: nightSource(control), control };
}

/** The date of the night that is loaded. @returns `null` when none is. */
export async function loadedDate(control: ExchangeControl): Promise<string | null> {
  const { loaded } = await control.state();
  return loaded === null ? null : (await control.manifest()).date;
}
