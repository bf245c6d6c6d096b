/**
 * Fits the in-game model on recorded games and writes core/models/in-game-fit.ts:
 * `node dist/scripts/fit-in-game.js [--data DIR]`. Prints what it was fitted on, and its log loss on
 * seasons that the fit has not seen.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fitInGame, meanLogLoss } from "./in-game-fit/fit.ts";
import { readLeadPath, readQuarterGames } from "./in-game-fit/games.ts";

const TARGET = "core/models/in-game-fit.ts";
/** Seasons up to this one are fitted on, and later ones judged on, to see what the fit is worth. */
const LAST_FITTED_SEASON = 2015;
const WORLDS = { sigmaPoints: 14, lastPossessionPoints: 1.2, possessionPoints: 0.5 };

const { values } = parseArgs({ options: { data: { type: "string", default: "../shared/data" } } });
const odds = "nba-odds/nba_odds_2008-2025.public.csv.gz";
const states = "fixtures/nba-live-state";
const games = await readQuarterGames(join(values.data, odds));
const files = readdirSync(join(values.data, states)).filter((name) =>
  name.startsWith("game_state"),
);
const paths = await Promise.all(files.map((name) => readLeadPath(join(values.data, states, name))));

const early = fitInGame(
  games.filter(({ season }) => season <= LAST_FITTED_SEASON),
  paths,
);
const late = games.filter(({ season }) => season > LAST_FITTED_SEASON);
console.log(`fitted to ${LAST_FITTED_SEASON}: ${JSON.stringify(early)}`);
console.log(
  `log loss after, ${late.length} games: ${meanLogLoss(late, early.constants).toFixed(5)}, ` +
    `with the constants of seeded worlds ${meanLogLoss(late, WORLDS).toFixed(5)}`,
);

const fit = fitInGame(games, paths);
console.log(`fitted to all: ${JSON.stringify(fit)}`);
writeFileSync(
  TARGET,
  `import type { InGameConfig } from "./win-probability.ts";

/**
 * What recorded games say of the in-game model; written by \`scripts/fit-in-game.ts\`.
 *
 * Sigma by likelihood of the winners at the ends of three quarters of ${fit.games} games of 2007-10 to
 * 2022-23 with moneylines, log loss ${fit.logLoss.toFixed(4)} nats; the ball and the last possession by the leads of ${fit.paths}
 * games of 2024-10, second by second. The leads of real games are worth less than those of seeded
 * worlds, whose sigma is 13.7: quarters of one game are correlated by -0.03 to -0.11.
 */
export const IN_GAME_FIT: InGameConfig = ${JSON.stringify(fit.constants)};
`,
);
execFileSync("npx", ["biome", "format", "--write", TARGET], { stdio: "inherit" });
