import type { Instant } from "../core/domain/units.ts";
import type { BtcSpotConfig } from "../core/models/btc-spot.ts";
import {
  type BasisEstimate,
  type BasisObservation,
  estimateBasis,
  rememberBasis,
} from "../core/models/spot-basis.ts";
import type { Db } from "../schema/database.ts";
import { recentBasis } from "../schema/queries/btc-spot.ts";

/** The basis of Coinbase over the index as settled contracts showed it by an instant, as a new process would learn it. */
export async function readBasis(
  db: Db,
  at: Instant,
  { basis: config, priceHoldsMs }: BtcSpotConfig,
): Promise<BasisEstimate> {
  const observations = await recentBasis(db, at, priceHoldsMs);
  const known = observations.reduce<readonly BasisObservation[]>(
    (before, one) => rememberBasis(before, one, config),
    [],
  );
  return estimateBasis(known, at, config);
}

/** The basis as other programs read it. */
export function basisJson({ basis, deviation, n, ageMs }: BasisEstimate): object {
  const bp = (value: number): number => Math.round(value * 1e6) / 100;
  return {
    basisPoints: bp(basis),
    deviationBasisPoints: bp(deviation),
    settlements: n,
    ageSeconds: ageMs === null ? null : Math.round(ageMs / 1_000),
  };
}

/** The basis in one line. */
export function basisLine({ basis, deviation, n, ageMs }: BasisEstimate): string {
  const bp = (value: number): string => (value * 1e4).toFixed(2);
  const told =
    ageMs === null
      ? "assumed: nothing has settled yet"
      : `from ${n} settlements, the newest ${(ageMs / 60_000).toFixed(1)} min old`;
  return `basis      spot over index ${bp(basis)} ± ${bp(deviation)} basis points, ${told}`;
}
