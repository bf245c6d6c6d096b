import { failed, wrongUse } from "../output.ts";
import type { PlayedWith } from "./files.ts";
import type { NightSettings } from "./night-run.ts";

/** As wide as a played night's exchange derives books from trades. */
const NIGHT_SPREAD_CENTS = 1;

/** Runs that are not over, of other nights or with other settings differ for reasons that no comparison could tell from the engine's. */
export function requireSameSettings(night: NightSettings, backtest: PlayedWith): void {
  const { name, date, games, configHash, limitsHashes } = night;
  if (!night.isOver) {
    throw failed(`${name} on ${date} is not over`, "compare it once its report is written");
  }
  const twin = backtest.nights.find((one) => one.name === name && one.date === date);
  if (twin === undefined) {
    const held = backtest.nights.map((one) => `${one.name} on ${one.date}`).join(", ");
    throw wrongUse(
      `the backtest holds no ${name} on ${date}, only ${held || "no night"}`,
      "play the same nights with `npx tipoff backtest --out DIR`",
    );
  }
  if (twin.games !== games) {
    throw wrongUse(
      `${name} had ${String(games)} games in the night and ${String(twin.games)} in the backtest`,
      "play the backtest with the night's --games",
    );
  }
  if (configHash !== backtest.configHash) {
    throw wrongUse(
      `${name} was played with other settings than the backtest`,
      "give the backtest the night's file by --strategy-config",
    );
  }
  if (limitsHashes.some((hash) => hash !== backtest.limitsHash)) {
    throw wrongUse(
      `${name} was played under other risk limits than the backtest`,
      "give the backtest the limits that were in force by --limits",
    );
  }
  if (night.edge !== null && night.edge !== backtest.settings.edge) {
    throw wrongUse(
      `${name} was played with --edge ${night.edge}, the backtest with --edge ${backtest.settings.edge}`,
      "give the backtest the night's --edge",
    );
  }
  requireSameModels(night, twin);
  if (twin.isDerivedBook && backtest.settings.spreadCents !== NIGHT_SPREAD_CENTS) {
    throw wrongUse(
      `the backtest of ${name} derived its books ${String(backtest.settings.spreadCents)} c wide`,
      "nights derive them 1 c wide: leave --spread out",
    );
  }
}

/** Models and ratings may have been replaced since the night: the settings name them, and their hash does not hold them. */
function requireSameModels(
  { name, trees, ratings }: NightSettings,
  twin: PlayedWith["nights"][number],
): void {
  // A game that is resumed goes on without them: where others had them, it is these that count.
  const hashes = trees.filter((hash) => hash !== null);
  const loaded = [
    { what: "trees", night: hashes.length > 0 ? hashes : trees, twin: twin.trees, none: "none" },
    { what: "ratings", night: ratings, twin: twin.ratings, none: "the night's own" },
  ];
  for (const { what, night, twin: other, none } of loaded) {
    if (night.every((one) => one === other)) continue;
    const own = night.map((one) => one ?? none).join(", ");
    throw wrongUse(
      `${name} was decided by the ${what} ${own}, the backtest by ${other ?? none}`,
      `play the backtest with the ${what} that the night had`,
    );
  }
}
