/**
 * The process that dies. It is told over IPC which case to play and where to die; what it is told to
 * live through it plays to the end, which is how it takes over from one that died.
 */
import { type Death, openDesk } from "./desk.ts";
import type { CrashMarket } from "./plan.ts";
import { play, type Played } from "./play.ts";
import type { StageAddress } from "./game.ts";

/** What the child is told. */
export interface PlayRequest {
  readonly address: StageAddress;
  readonly market: CrashMarket;
  readonly death: Death;
}

/** What it answers, if it lives. */
export type PlayAnswer =
  | { readonly kind: "ready" }
  | { readonly kind: "played"; readonly played: Played }
  | { readonly kind: "failed"; readonly error: string };

/** Plays what it is told. `onPlayed` is called when a play has come to its end. */
export function serve(onPlayed: () => void): void {
  process.on("message", (request: PlayRequest) => void takeUp(request, onPlayed));
  process.on("disconnect", () => process.exit(0));
  say({ kind: "ready" });
}

function say(answer: PlayAnswer): void {
  process.send?.(answer);
}

async function takeUp(
  { address, market, death }: PlayRequest,
  onPlayed: () => void,
): Promise<void> {
  const desk = await openDesk(address, death);
  try {
    say({ kind: "played", played: await play(desk, market) });
    onPlayed();
  } catch (error) {
    say({ kind: "failed", error: error instanceof Error ? (error.stack ?? "") : String(error) });
  } finally {
    await desk.close();
  }
}
