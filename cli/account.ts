import { userInfo } from "node:os";
import { createAlarmBook } from "../activities/alarm-book.ts";
import { auditedVenue } from "../activities/audited-venue.ts";
import { createKalshiVenue } from "../clients/kalshi/venue.ts";
import type { RunClock } from "../core/domain/time.ts";
import { instant } from "../core/domain/units.ts";
import type { Venue } from "../core/domain/venue.ts";
import { createLogger } from "../runtime/log.ts";
import type { Db } from "../schema/database.ts";
import { restAccess } from "../workers/venue.ts";
import type { RunningHome } from "./context.ts";

/** A command has no run's clock: it only paces itself by it. */
const WALL: RunClock = { now: () => instant(Date.now()), speed: 1 };

/**
 * The account at the venue, asked by a command itself. What it cancels is audited under the user's name
 * where a database is given; without one, such as while it is away, it cancels all the same.
 *
 * @throws Error when there is no key yet.
 */
export async function openAccount(
  {
    home,
    environment,
    mode,
    venue: addresses,
  }: Pick<RunningHome, "home" | "environment" | "mode" | "venue">,
  db: Db | null = null,
): Promise<Venue> {
  const log = createLogger({ level: "error", service: "command" });
  const places = { venue: addresses, exchangeDir: home.exchange, environment };
  const venue = createKalshiVenue({
    ...(await restAccess(places, WALL)),
    mode,
    clock: WALL,
    log,
  });
  if (db === null) return venue;
  const alarms = createAlarmBook({ db, log });
  return auditedVenue(venue, { db, clock: WALL, mode, alarms, log, actor: userInfo().username });
}
