import { TEAMS } from "./teams.ts";

/**
 * Franchises by the code they have now, or had last, each with the codes of its earlier names and
 * those that other sources use. ABA franchises are followed into the NBA.
 *
 * Source: the franchises of FiveThirtyEight's `nbaallelo` (1946 to 2015, MIT package, CC BY 4.0).
 */
const EARLIER: Readonly<Record<string, string>> = {
  ATL: "TRI MLH STL",
  BKN: "NJA NYA NYN NJN BRK",
  CHA: "CHO",
  DEN: "DNR DNA",
  DET: "FTW",
  GSW: "PHW SFW",
  HOU: "SDR",
  IND: "INA",
  LAC: "BUF SDC",
  LAL: "MNL",
  MEM: "VAN",
  NOP: "CHH NOH NOK",
  OKC: "SEA",
  PHI: "SYR",
  PHX: "PHO",
  SAC: "ROC CIN KCO KCK",
  SAS: "DLC TEX SAA",
  UTA: "NOJ",
  WAS: "CHP CHZ BAL CAP WSB",
  // Gone: under the last code each had.
  FLO: "MNM MMF",
  MMS: "NOB MMP MMT",
  PTC: "PTP MNP",
  SDS: "SDA",
  SSL: "HSM CAR",
  UTS: "ANA LAS",
  VIR: "OAK WSA",
};

/** Franchises that had one code and are gone. */
const GONE = "AND BLB CHS CLR DNN DTF INJ INO KEN PIT PRO SHE STB TRH WAT WSC".split(" ");

const FRANCHISES = new Map<string, string>([
  ...GONE.map((code) => [code, code] as const),
  ...TEAMS.flatMap(({ code, espn }) => [code, espn].map((name) => [name, code] as const)),
  ...Object.entries(EARLIER).flatMap(([code, earlier]) =>
    [code, ...earlier.split(" ")].map((name) => [name, code] as const),
  ),
]);

/**
 * The franchise that a code of any season or source means: an NBA tricode for the thirty teams of
 * today, in upper or lower case.
 *
 * @returns `null` when no team ever had the code.
 */
export function franchiseOf(code: string): string | null {
  return FRANCHISES.get(code.toUpperCase()) ?? null;
}
