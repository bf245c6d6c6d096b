import { z } from "zod";
import { TimeText } from "../http/payload.ts";

/** A whole number as a text, a number, or ESPN's object of both. */
const Score = z
  .union([
    z.string().regex(/^\d{1,3}$/, "not a score"),
    z.number(),
    z.object({ value: z.number() }).transform(({ value }) => value),
  ])
  .transform(Number)
  .pipe(z.int().min(0));

/** Points of one period: a number on the scoreboard, a text in the summary. */
const LineScore = z
  .object({ value: z.number().optional(), displayValue: z.string().optional() })
  .transform(({ value, displayValue }) => value ?? Number(displayValue))
  .pipe(z.int().min(0));

const Competitor = z.object({
  homeAway: z.enum(["home", "away"]),
  score: Score,
  team: z.object({ abbreviation: z.string().min(1) }),
  linescores: z.array(LineScore).optional(),
});
export type Competitor = z.infer<typeof Competitor>;

const StatusType = z.object({
  name: z.string().min(1),
  state: z.enum(["pre", "in", "post"]),
  completed: z.boolean(),
});

/** Home and away, in either sequence. */
const Competitors = z
  .array(Competitor)
  .length(2)
  .refine(
    (pair) => new Set(pair.map(({ homeAway }) => homeAway)).size === 2,
    "not one home and one away",
  );

export const EventWire = z.object({
  id: z.string().regex(/^\d+$/),
  date: TimeText,
  /** `BOS @ NY`, away first; neutral games read `BOS VS NY`. */
  shortName: z.string().optional(),
  status: z.object({
    clock: z.number().min(0),
    period: z.int().min(0),
    type: StatusType,
  }),
  competitions: z
    .array(z.object({ competitors: Competitors, neutralSite: z.boolean().nullish() }))
    .length(1),
});
export type EventWire = z.infer<typeof EventWire>;

/** Events are read one by one: a bad one does not hide the others. */
export const ScoreboardWire = z.object({ events: z.array(z.unknown()) });

/** A probability is 0 to 1; percentages are refused, not divided. */
const Share = z.number().min(0).max(1);

const ProbabilityItem = z
  .object({
    homeWinPercentage: Share,
    awayWinPercentage: Share.optional(),
    tiePercentage: Share.optional(),
    lastModified: TimeText.optional(),
  })
  .refine(
    ({ homeWinPercentage, awayWinPercentage, tiePercentage }) =>
      awayWinPercentage === undefined ||
      Math.abs(homeWinPercentage + awayWinPercentage + (tiePercentage ?? 0) - 1) <= 0.01,
    { path: ["awayWinPercentage"], message: "shares do not add up to 1" },
  );

export const ProbabilityCountWire = z.object({ count: z.int().min(0) });
export const ProbabilitiesWire = z.object({
  count: z.int().min(1),
  items: z.array(ProbabilityItem).min(1),
});

export const InjuryWire = z.object({
  status: z.enum([
    ...(["Available", "Probable", "Day-To-Day", "Questionable", "Doubtful", "Out"] as const),
    // Not ESPN's: a recording of the league's report tells of teams that have not submitted theirs.
    "Not Yet Submitted",
  ]),
  date: TimeText,
  athlete: z.object({ displayName: z.string().min(1) }),
  /** Not ESPN's: a simulated world says what the player is worth. */
  impactElo: z.number().min(0).optional(),
  /** Not ESPN's: the report's words, and what read them when they were recorded. */
  reason: z.string().optional(),
  recordedBy: z.string().optional(),
});
export type InjuryWire = z.infer<typeof InjuryWire>;

/** The league's report names teams in full; the summary's gives their abbreviation too. Its lines are read one by one. */
export const InjuriesWire = z.object({
  injuries: z.array(z.object({ displayName: z.string().min(1), injuries: z.array(z.unknown()) })),
});

export const SummaryWire = z.object({
  header: z.object({
    id: z.string().regex(/^\d+$/),
    competitions: z
      .array(
        z.object({
          date: TimeText,
          competitors: Competitors,
          status: z.object({ type: StatusType }),
        }),
      )
      .length(1),
  }),
  winprobability: z.array(z.object({ homeWinPercentage: Share })).optional(),
});
