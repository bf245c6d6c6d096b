import { Random } from "../../sim/world/random.ts";

/** The services of a home that a kill can hit. */
export const SERVICES = ["worker", "exchange", "postgres", "temporal"] as const;
export type ServiceName = (typeof SERVICES)[number];

/** What one kill hits: one service, all four at once, or these and their supervisor. */
export type Victim = ServiceName | "all" | "all and supervisor";

const VICTIMS = [...SERVICES, "all"] as const;
/** Share of the kills that wait for an order on its way; the rest come at any moment. */
const AIMED_SHARE = 0.7;
/** Share of the kills that must have found one. */
const IN_FLIGHT_SHARE = 0.4;
/** An aimed kill begins to look this long before the undisturbed night had its order, run time, */
const LEAD_MS = 60_000;
/** and looks for at least so long. */
const PATIENCE_MS = 300_000;

/** One kill, as it is meant to come. Instants of run time. */
export interface PlannedKill {
  readonly number: number;
  readonly victim: Victim;
  readonly dueAt: number;
  /** Until then it may wait for an order on its way. */
  readonly patientUntil: number;
  readonly isAimed: boolean;
}

/**
 * Draws the kills of a night: each victim as often as the others, some at random moments, most
 * about the times at which the undisturbed night sent orders, which are few seconds of it.
 *
 * @throws Error when that night sent no order.
 */
export function planKills(
  kills: number,
  seed: number,
  orderTimes: readonly number[],
): readonly PlannedKill[] {
  const random = new Random(seed, "crash-night");
  const [first, last] = [orderTimes[0], orderTimes.at(-1)];
  if (first === undefined || last === undefined) throw new Error("a night without orders");
  const aimed = Math.round(AIMED_SHARE * kills);
  const moments = Array.from({ length: kills }, (_, index) => {
    if (index >= aimed) return { isAimed: false, dueAt: random.between(first, last) };
    // One of each stretch of the orders, so that the kills spread over the night.
    const from = Math.floor((index * orderTimes.length) / aimed);
    const to = Math.max(from, Math.floor(((index + 1) * orderTimes.length) / aimed) - 1);
    const order = orderTimes[random.integer(from, to)] ?? last;
    return { isAimed: true, dueAt: order - LEAD_MS };
  }).toSorted((a, b) => a.dueAt - b.dueAt);
  const victims = drawVictims(kills, random);
  return moments.map(({ isAimed, dueAt }, index) => ({
    number: index + 1,
    victim: victims[index] ?? "all",
    dueAt,
    patientUntil: Math.max(dueAt + PATIENCE_MS, moments[index + 1]?.dueAt ?? 0),
    isAimed,
  }));
}

function drawVictims(kills: number, random: Random): readonly Victim[] {
  const rounds = Array.from({ length: Math.ceil(kills / VICTIMS.length) }, () =>
    random.shuffled(VICTIMS),
  );
  const victims: Victim[] = random.shuffled(rounds.flat().slice(0, kills));
  const firstOfAll = victims.indexOf("all");
  if (firstOfAll >= 0) victims[firstOfAll] = "all and supervisor";
  return victims;
}

/** The services that die with a victim. */
export function servicesOf(victim: Victim): readonly ServiceName[] {
  return victim === "all" || victim === "all and supervisor" ? SERVICES : [victim];
}

/** How often each service must die alone, and all at once. */
export function leastOfEach(kills: number): number {
  return Math.floor(kills / VICTIMS.length);
}

/** How many kills must find an order on its way. */
export function leastInFlight(kills: number): number {
  return Math.ceil(IN_FLIGHT_SHARE * kills);
}
