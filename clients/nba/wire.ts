import { z } from "zod";
import { TimeText } from "../http/payload.ts";

/** `PT05M30.00S`; empty where no clock runs. @returns seconds, or null when empty. */
const Clock = z.string().transform((text, context) => {
  if (text === "") return null;
  const match = /^PT(\d{1,2})M(\d{1,2}(?:\.\d+)?)S$/.exec(text);
  if (match) return Number(match[1]) * 60 + Number(match[2]);
  context.addIssue({ code: "custom", message: "not a game clock" });
  return z.NEVER;
});

const TeamWire = z.object({
  teamTricode: z.string().min(1),
  score: z.int().min(0),
  periods: z.array(z.object({ period: z.int().min(1), score: z.int().min(0) })),
});
export type TeamWire = z.infer<typeof TeamWire>;

export const GameWire = z.object({
  gameId: z.string().regex(/^\d{10}$/),
  /** `20261120/BOSNYK`: Eastern date, away, home. */
  gameCode: z.string().regex(/^\d{8}\/[A-Z]{6}$/, "not a game code"),
  gameStatus: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  gameStatusText: z.string(),
  period: z.int().min(0),
  gameClock: Clock,
  gameTimeUTC: TimeText,
  homeTeam: TeamWire,
  awayTeam: TeamWire,
});
export type GameWire = z.infer<typeof GameWire>;

/** Games are read one by one: a bad one does not hide the others. */
export const ScoreboardWire = z.object({ scoreboard: z.object({ games: z.array(z.unknown()) }) });

/** A score in a play is a text. */
const ScoreText = z
  .string()
  .regex(/^\d{1,3}$/, "not a score")
  .transform(Number);

const ActionWire = z.object({
  actionNumber: z.int().min(0),
  period: z.int().min(1),
  clock: Clock,
  actionType: z.string().min(1),
  teamTricode: z.string().nullish(),
  scoreHome: ScoreText,
  scoreAway: ScoreText,
  description: z.string().optional(),
  timeActual: TimeText.nullish(),
});
export type ActionWire = z.infer<typeof ActionWire>;

export const PlayByPlayWire = z.object({
  game: z.object({ gameId: z.string(), actions: z.array(ActionWire) }),
});

const PlayerWire = z.object({ status: z.enum(["ACTIVE", "INACTIVE"]), name: z.string() });
const BoxTeam = TeamWire.extend({ players: z.array(PlayerWire) });
export const BoxScoreWire = z.object({
  game: GameWire.extend({ homeTeam: BoxTeam, awayTeam: BoxTeam }),
});
export type BoxScoreWire = z.infer<typeof BoxScoreWire>;
