import { z } from "zod";
import {
  GAME_STRATEGIES,
  type GameStrategy,
  isGameStrategy,
  USUAL_STRATEGIES,
} from "../core/domain/order.ts";
import { STARTING_CASH_USD } from "../core/domain/paper-cash.ts";
import { BitcoinFile } from "./bitcoin-config.ts";
import { bounded, whole } from "./config-file.ts";
import { RouterFile } from "./router-config.ts";

const flag = z.boolean({ error: "expected true or false" });
const oneOf = <const Words extends readonly string[]>(
  words: Words,
): z.ZodEnum<{ [W in Words[number]]: W }> =>
  z.enum(words, { error: `expected ${words.join(" or ")}` });

const weight = bounded(0, 100);
const cents = bounded(0, 50);
const seconds = (min: number, max: number): z.ZodNumber => bounded(min, max);

const OFF_OR_FOLDER = "expected off or a folder of `tipoff elo build`";
const PLAYER = "expected a tricode and a name, such as DEN Nikola Jokic";
const OFF_OR_FILE = "expected off or a file of `tipoff elo calibrate`";

const Forecast = z.strictObject({
  elo: z.strictObject({
    k: bounded(1, 100),
    homeAdvantage: bounded(0, 200),
    nba_elo_regression_factor: bounded(0, 1),
    mean: bounded(1000, 2000),
    newTeam: bounded(1000, 2000),
    margin: z.strictObject({
      offset: bounded(0, 20),
      exponent: bounded(0, 2),
      base: bounded(1, 50),
      slope: bounded(0, 0.01),
    }),
  }),
  ratings: z.strictObject({
    artifact: z.string({ error: OFF_OR_FOLDER }).min(1, { error: OFF_OR_FOLDER }),
    maxAgeDays: bounded(1, 60),
  }),
  calibration: z.string({ error: OFF_OR_FILE }).min(1, { error: OFF_OR_FILE }),
  injuries: z.strictObject({
    defaultImpactElo: bounded(0, 100),
    notSubmittedLossElo: bounded(0, 400),
    maxLossElo: bounded(0, 400),
    players: z.record(z.string().regex(/^[A-Z]{3} .+/, PLAYER), bounded(0, 400)),
  }),
  inGame: z.strictObject({
    sigmaPoints: bounded(5, 30),
    lastPossessionPoints: bounded(0.1, 5),
    possessionPoints: bounded(0, 3),
  }),
  weights: z.strictObject({
    elo: weight,
    partner: weight,
    espn: weight,
    inGameAtTip: weight,
    inGameAtEnd: weight,
  }),
  espnMaxAgeSeconds: seconds(1, 600),
  reconstructedMaxAgeSeconds: seconds(0, 600),
  clip: bounded(0.000001, 0.1),
});

const Sizing = z.strictObject({
  method: oneOf(["kelly", "fixed", "contracts"]),
  kellyFraction: bounded(0, 1),
  bankrollUsd: bounded(1, 10_000_000),
  maxEntryUsd: bounded(1, 100_000),
  contracts: whole(1, 100_000),
});

const Exits = z.strictObject({
  takeProfitCents: bounded(1, 99),
  stopLossCents: bounded(1, 99),
  targetCents: bounded(0.1, 99).nullable(),
  lockGainCents: bounded(0.5, 99),
  lockPremiumCents: bounded(-50, 50),
  maxHoldSeconds: seconds(1, 86_400).nullable(),
});

const common = {
  enabled: flag,
  maxEntries: whole(1, 100).nullable(),
  minEdgeCents: cents,
  minDiscountCents: cents.nullable(),
  crossEdgeCents: cents,
  mayRest: flag,
  mayTakeFallback: flag,
  patienceSeconds: seconds(1, 3_600),
  trust: bounded(0, 1),
  maxRecentRangeCents: bounded(0.5, 99),
  sizing: Sizing,
  exits: Exits,
};

const inPlay = {
  minSecondsToGameEnd: bounded(0, 2_880),
  minPriceCents: bounded(1, 99),
  maxPriceCents: bounded(1, 99),
};

const hasOrderedPrices = (section: { minPriceCents: number; maxPriceCents: number }): boolean =>
  section.minPriceCents < section.maxPriceCents;
const PRICE_RULE = { error: "must be above minPriceCents", path: ["maxPriceCents"] };

/** As in the tables (`OWN_STRATEGY` of the core), without its prefix. */
const OWN_NAME = /^[a-z][a-z0-9-]{0,31}$/;

const GameStrategyName = z.custom<GameStrategy>(
  (name) => typeof name === "string" && isGameStrategy(name),
  { error: `expected ${GAME_STRATEGIES.join(", ")} or own-NAME` },
);

const GameStrategies = z.strictObject({
  active: z.array(GameStrategyName).optional(),
  pregameAnchored: z
    .strictObject({
      ...common,
      windowOpensSeconds: seconds(60, 86_400),
      windowClosesSeconds: seconds(0, 86_400),
    })
    .refine((section) => section.windowClosesSeconds < section.windowOpensSeconds, {
      error: "must be below windowOpensSeconds: both count back from tip",
      path: ["windowClosesSeconds"],
    }),
  modelEdge: z.strictObject({ ...common, ...inPlay }).refine(hasOrderedPrices, PRICE_RULE),
  meanReversion: z
    .strictObject({
      ...common,
      ...inPlay,
      windowSeconds: seconds(30, 3_600),
      warmUpSeconds: seconds(10, 3_600),
      warmUpSamples: whole(2, 1_000),
      minRangeCents: bounded(1, 99),
      anchor: oneOf(["mean", "high"]),
      minDeviationCents: bounded(0.5, 99),
      maxAboveLowCents: bounded(0, 99).nullable(),
      closesAfterTipSeconds: seconds(1, 86_400).nullable(),
      reversionShare: bounded(0, 1),
      maxForecastGapCents: bounded(-50, 99),
    })
    .refine(hasOrderedPrices, PRICE_RULE)
    .refine((section) => section.warmUpSeconds <= section.windowSeconds, {
      error: "must not be above windowSeconds: the window would never be warm",
      path: ["warmUpSeconds"],
    }),
  modelTrees: z
    .strictObject({
      ...common,
      ...inPlay,
      model: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "expected the name of a model"),
      maxModelAgeDays: whole(1, 3_650),
      minProbability: bounded(0, 1),
    })
    .refine(hasOrderedPrices, PRICE_RULE)
    .optional(),
  own: z
    .record(
      z.string().regex(OWN_NAME, "expected a name of small letters, digits and hyphens"),
      z.strictObject({
        ...common,
        code: z
          .string()
          .regex(/^[0-9a-f]{64}$/, "expected the sha256 that `tipoff strategy check` printed"),
        parameters: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])),
      }),
    )
    .optional(),
});

/** Which play must be written down: a name alone says nothing of how. */
const Strategies = GameStrategies.superRefine(({ active = [], modelTrees, own = {} }, context) => {
  const sections = new Set(Object.keys(own).map((name) => `own-${name}`));
  if (modelTrees !== undefined) sections.add("model-trees");
  active.forEach((name, index) => {
    const isWritten = USUAL_STRATEGIES.some((one) => one === name) || sections.has(name);
    const message = `${name} has no section below strategies`;
    if (!isWritten) context.addIssue({ code: "custom", path: ["active", index], message });
  });
});

const Execution = z
  .strictObject({
    maxReplacements: whole(0, 20),
    minReplaceSeconds: seconds(0, 600),
    repriceCents: bounded(0.1, 20),
    crossSlackCents: bounded(0, 20),
    exitSlackCents: bounded(0, 50),
    restingExpirySeconds: seconds(60, 3_600),
    renewBeforeExpirySeconds: seconds(5, 600),
    quietSeconds: seconds(1, 600),
    takerFillProbability: bounded(0, 1),
    restingFillProbability: bounded(0, 1),
    retrySeconds: seconds(1, 3_600),
  })
  .refine((section) => section.renewBeforeExpirySeconds < section.restingExpirySeconds, {
    error: "must be below restingExpirySeconds: every order would be renewed at once",
    path: ["renewBeforeExpirySeconds"],
  });

const Kill = z.strictObject({
  flattenSlippageCents: bounded(0, 50),
  flattenMaxLossUsd: bounded(1, 100_000_000),
  flattenAttempts: whole(1, 1_000),
  flattenPauseWallMs: whole(50, 10_000),
});

/** What bounds a game; what bounds money is in `config/risk_limits.yaml`. */
const Limits = z.strictObject({
  maxLockAttempts: whole(0, 100),
  maxEntriesPerGame: whole(0, 1_000),
  positionScope: oneOf(["strategy", "shared"]),
  reentryAllowed: flag,
});

const Breakers = z.strictObject({
  execution: z.strictObject({ maxFailures: whole(1, 1_000), windowSeconds: seconds(10, 86_400) }),
  api: z
    .strictObject({
      maxFailuresInRow: whole(1, 10_000),
      calls: whole(5, 10_000),
      maxFailedShare: bounded(0.01, 1),
      minSpanWallSeconds: seconds(0, 3_600),
    })
    .refine((section) => section.maxFailuresInRow <= section.calls, {
      error: "must not be above calls: the share would never be taken",
      path: ["maxFailuresInRow"],
    }),
  data: z.strictObject({
    maxInvalidSeconds: seconds(1, 86_400),
    maxRefusedObservations: whole(1, 1_000_000),
    refusedWindowSeconds: seconds(1, 86_400),
  }),
  model: z.strictObject({
    maxJump: bounded(0.01, 1),
    newsSeconds: seconds(0, 3_600),
    minSecondsToGameEnd: bounded(0, 2_880),
    maxAnomalies: whole(1, 1_000),
    windowSeconds: seconds(1, 86_400),
  }),
  reconciliation: z.strictObject({ maxRepeats: whole(2, 100) }),
  fees: z.strictObject({ maxDifferenceUsd: bounded(0, 100) }),
});

const Watch = z.strictObject({
  chunkSeconds: seconds(5, 60),
  minChunkWallSeconds: seconds(1, 60),
  maxChunkWallSeconds: seconds(5, 60),
  decisionIntervalSeconds: seconds(1, 3_600),
  verdictIntervalSeconds: seconds(0, 3_600),
  bookStaleWallSeconds: seconds(1, 600),
  confirmSeconds: seconds(1, 600),
  idleWallMs: whole(10, 10_000),
  closingSeconds: seconds(0, 720),
  assumedTipDelaySeconds: seconds(0, 7_200),
  espnFrozenSeconds: seconds(10, 720),
  feeds: z.strictObject({
    scoreboardSeconds: seconds(1, 600),
    scoreboardFloorWallMs: whole(10, 60_000),
    winProbabilitySeconds: seconds(1, 600),
    winProbabilityFloorWallMs: whole(10, 60_000),
  }),
  clock: z.strictObject({
    backwardsSeconds: seconds(0, 720),
    backwardsPoints: whole(0, 20),
    disagreeSeconds: seconds(5, 720),
    disagreePoints: whole(1, 40),
    frozenSeconds: seconds(5, 3_600),
    maxAgeSeconds: seconds(5, 3_600),
  }),
});

/** The word for the home's own exchange, or an address that ends as the venue's do. */
const address = (scheme: "http" | "ws", path: string): z.ZodString => {
  const error = `expected local, ${scheme}://HOST${path} or ${scheme}s://HOST${path}`;
  const pattern = new RegExp(`^(?:local|${scheme}s?://[^\\s/?#]+${path})$`);
  return z.string({ error }).regex(pattern, { error });
};

/** Which of them a mode may name is judged by `clients/kalshi/hosts.ts`. */
const Venue = z
  .strictObject({
    orders: address("http", "/trade-api/v2"),
    marketData: address("http", "/trade-api/v2"),
    stream: address("ws", "/trade-api/ws/v2"),
  })
  .refine((section) => (section.marketData === "local") === (section.stream === "local"), {
    error:
      "must be local where marketData is, and an address where it is one: they tell of the same books",
    path: ["stream"],
  });

const Paper = z.strictObject({
  startingCashUsd: bounded(STARTING_CASH_USD.min, STARTING_CASH_USD.max),
});

/** `config/tipoff.yaml` as people write it: dollars, cents and seconds. Nothing has a hidden default. */
export const TipoffConfigFile = z.strictObject({
  forecast: Forecast,
  strategies: Strategies,
  execution: Execution,
  router: RouterFile.optional(),
  limits: Limits,
  kill: Kill,
  breakers: Breakers,
  watch: Watch,
  bitcoin: BitcoinFile,
  venue: Venue,
  paper: Paper,
});
export type TipoffConfigFile = z.infer<typeof TipoffConfigFile>;
