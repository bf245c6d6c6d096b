import { ApiError } from "../errors.ts";
import type { Night } from "../night.ts";
import { type ArchiveLags, type Cutoff, cutoffOf } from "./archive.ts";
import type { TierName, TokenBucket } from "./tokens.ts";

/** What the calls need: the night that is played, if any, and the account's budgets. */
export interface ApiContext {
  readonly night: () => Night | null;
  readonly tier: TierName;
  readonly archive: ArchiveLags;
  readonly buckets: () => { readonly read: TokenBucket; readonly write: TokenBucket };
  readonly wallNow: () => number;
}

/** @throws ApiError 503 while nothing is loaded. */
export function requireNight(context: ApiContext): Night {
  const night = context.night();
  if (!night) {
    throw new ApiError(
      503,
      "exchange_unavailable",
      "no night is loaded",
      "POST /sim/v1/load first",
    );
  }
  return night;
}

/** Where the archives of the night that is played begin. @throws ApiError 503 while nothing is loaded. */
export function requireCutoff(context: ApiContext): Cutoff {
  return cutoffOf(requireNight(context), context.archive);
}
