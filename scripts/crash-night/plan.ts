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
/** Kills come within this part of the night: before it nothing is decided, after it all is over. */
const FIRST_SHARE = 0.06;
const LAST_SHARE = 0.88;

/** One kill, as it is meant to come. */
export interface PlannedKill {
  readonly number: number;
  readonly victim: Victim;
  /** How far the night is played when it is due, 0 to 1. */
  readonly dueShare: number;
  /** Until then it may wait for an order on its way, 0 to 1. */
  readonly patienceShare: number;
  readonly isAimed: boolean;
}

/** Draws the kills of a night: each victim as often as the others, at random moments. */
export function planKills(kills: number, seed: number): readonly PlannedKill[] {
  const random = new Random(seed, "crash-night");
  const rounds = Array.from({ length: Math.ceil(kills / VICTIMS.length) }, () =>
    random.shuffled(VICTIMS),
  );
  const victims: Victim[] = random.shuffled(rounds.flat().slice(0, kills));
  const firstOfAll = victims.indexOf("all");
  if (firstOfAll >= 0) victims[firstOfAll] = "all and supervisor";
  const aimed = random.shuffled(victims.map((_, index) => index < AIMED_SHARE * kills));
  const width = (LAST_SHARE - FIRST_SHARE) / kills;
  return victims.map((victim, index) => ({
    number: index + 1,
    victim,
    dueShare: FIRST_SHARE + width * (index + random.between(0, 0.5)),
    patienceShare: FIRST_SHARE + width * (index + 1),
    isAimed: aimed[index] === true,
  }));
}

/** The services that die with a victim. */
export function servicesOf(victim: Victim): readonly ServiceName[] {
  return victim === "all" || victim === "all and supervisor" ? SERVICES : [victim];
}

/** How often each service must die, by its own or with the others, and each victim by itself. */
export function leastOfEach(kills: number): number {
  return Math.floor(kills / VICTIMS.length);
}

/** How many kills must find an order on its way. */
export function leastInFlight(kills: number): number {
  return Math.ceil(IN_FLIGHT_SHARE * kills);
}
