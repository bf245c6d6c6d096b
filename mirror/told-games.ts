import { isDeepStrictEqual } from "node:util";
import type { FeedName } from "../core/domain/feeds.ts";
import type { FactBody } from "../sim/facts.ts";
import type { Told } from "./port.ts";

/** What is told in facts of one kind, without when. */
export type BodyOf<Kind extends FactBody["kind"]> = Extract<FactBody, { readonly kind: Kind }>;

type ToldOf<Kind extends FactBody["kind"]> = Extract<Told, { readonly kind: Kind }>;

/** What can be away: a feed's word on a game, or a page. */
export type Absence = Omit<BodyOf<"feed-away">, "isAway"> | Omit<BodyOf<"page-away">, "isAway">;

const WITHOUT_TIMES = { sourceTime: null, receivedAt: null };

/** What was told last of the games and of their teams' players, by this process or by one before it. */
export class ToldGames {
  readonly #states = new Map<string, ToldOf<"game-state">>();
  readonly #away = new Map<string, boolean>();
  readonly #probabilities = new Map<string, ToldOf<"win-probability">>();
  readonly #injuries = new Map<string, ToldOf<"injury">>();
  readonly #plays = new Set<string>();

  note(told: Told): void {
    if (told.kind === "game-state") this.#states.set(keyOf(told), told);
    if (told.kind === "win-probability") this.#probabilities.set(told.eventTicker, told);
    if (told.kind === "injury") this.#injuries.set(playerKey(told), told);
    if (told.kind === "play") this.#plays.add(playKey(told.eventTicker, told.actionNumber));
    if (told.kind !== "feed-away" && told.kind !== "page-away") return;
    this.#away.set(absenceKey(told), told.isAway);
  }

  /** Whether the last word on this game or player was the same one, whenever it was told. */
  isLast(body: BodyOf<"game-state" | "injury">): boolean {
    const last =
      body.kind === "injury" ? this.#injuries.get(playerKey(body)) : this.#states.get(keyOf(body));
    if (last === undefined) return false;
    return isDeepStrictEqual({ ...last, ...WITHOUT_TIMES }, { ...body, ...WITHOUT_TIMES });
  }

  /** @returns `null` before the feed has shown the game. */
  state(feed: FeedName, eventTicker: string): ToldOf<"game-state"> | null {
    return this.#states.get(keyOf({ feed, eventTicker })) ?? null;
  }

  /** @returns `null` where nothing was told of it. */
  isAway(what: Absence): boolean | null {
    return this.#away.get(absenceKey(what)) ?? null;
  }

  /** @returns `null` before the first. */
  probability(eventTicker: string): ToldOf<"win-probability"> | null {
    return this.#probabilities.get(eventTicker) ?? null;
  }

  /** Whether a play was told: a feed tells all of them again. */
  hasPlay(eventTicker: string, actionNumber: number): boolean {
    return this.#plays.has(playKey(eventTicker, actionNumber));
  }

  /** The last line on each player, by team and player. */
  get injuries(): ReadonlyMap<string, ToldOf<"injury">> {
    return this.#injuries;
  }
}

export function playerKey(line: { readonly teamCode: string; readonly player: string }): string {
  return `${line.teamCode}/${line.player}`;
}

function keyOf(of: { readonly feed: FeedName; readonly eventTicker: string }): string {
  return `${of.feed}/${of.eventTicker}`;
}

export function absenceKey(of: Absence): string {
  const name = of.kind === "feed-away" ? of.feed : of.page;
  return `${of.kind}/${name}/${of.eventTicker ?? ""}`;
}

function playKey(eventTicker: string, actionNumber: number): string {
  return `${eventTicker}/${actionNumber}`;
}
