import type { KillOrder } from "../core/domain/kill.ts";
import type { CountCenti } from "../core/domain/units.ts";
import type { Venue } from "../core/domain/venue.ts";
import { readKillFile } from "../runtime/kill-file.ts";
import type { Db } from "../schema/database.ts";
import { findOrderGroup, keepOrderGroup } from "../schema/queries/order-groups.ts";

/** What stops orders even when everything else of ours is dead, or cannot be asked. */
export interface VenueBrakes {
  /** A resting order ends by itself at the venue after this, run milliseconds. */
  readonly expiresAfterMs: number;
  /** The group that a resting order of this day belongs to; made when there is none yet. */
  orderGroup(runId: string, exchangeIndex: number): Promise<string>;
  /** The kill that a file named KILL asks for; null while there is none. Asked before every order. */
  killFile(): KillOrder | null;
}

/** Creates the brakes of a process. */
export function createVenueBrakes(deps: {
  readonly db: Db;
  readonly venue: Pick<Venue, "createOrderGroup">;
  /** Contracts matched within the venue's 15 s at which it cancels the group of a run. */
  readonly groupLimit: (runId: string) => Promise<CountCenti>;
  readonly expiresAfterMs: number;
  readonly killFilePath: string;
}): VenueBrakes {
  const groups = new Map<string, Promise<string>>();
  const findOrMake = async (runId: string, exchangeIndex: number): Promise<string> => {
    const kept = await findOrderGroup(deps.db, runId, exchangeIndex);
    if (kept !== null) return kept;
    const limit = await deps.groupLimit(runId);
    const orderGroupId = await deps.venue.createOrderGroup({ limit, exchangeIndex });
    return keepOrderGroup(deps.db, { runId, exchangeIndex, orderGroupId, limit });
  };
  return {
    expiresAfterMs: deps.expiresAfterMs,
    orderGroup: (runId, exchangeIndex) => {
      const key = `${runId} ${exchangeIndex}`;
      const known = groups.get(key);
      if (known !== undefined) return known;
      const making = findOrMake(runId, exchangeIndex).catch((error: unknown) => {
        groups.delete(key);
        throw error;
      });
      groups.set(key, making);
      return making;
    },
    killFile: () => readKillFile(deps.killFilePath)?.kill ?? null,
  };
}
