import type { Feature, FeatureNeed } from "../core/models/features/feature.ts";
import { FEATURE_GROUPS, FEATURES_VERSION } from "../core/models/features/list.ts";

const BEGIN = "<!-- written by `npm run docs:features`: begin -->";
const END = "<!-- written by `npm run docs:features`: end -->";

/** What the last instant of a need is, and what it is to be there. */
const NEEDS: Readonly<Record<FeatureNeed, string>> = {
  quote: "the market's best prices, believed; known at the last quote",
  pair: "the same of the other team's market",
  prints: "the tape; known at the last print",
  schedule: "the scheduled tip; known when it was listed",
  feed: "an answer of the score feeds, believed or not; known when it came",
  score: "a live score and clock that is believed, from the tip on; known when the answer came",
  strengths: "Elo with injuries, or the partner; known when the last of them became known",
  espn: "ESPN's live probability while it is fresh; known when the answer came",
};

/**
 * The document with its tables written anew; what stands outside the marks is kept.
 *
 * @throws Error when the marks are not there.
 */
export function withFeatureTables(document: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`docs/features.md lacks its marks ${BEGIN}`);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${tables()}\n${document.slice(end)}`;
}

function tables(): string {
  const needs = Object.entries(NEEDS).map(([need, text]) => `| \`${need}\` | ${text} |`);
  const groups = FEATURE_GROUPS.map(
    ([group, features]) => `### ${group}\n\n${HEAD}\n${features.map(row).join("\n")}\n`,
  );
  return [
    `Version \`${FEATURES_VERSION}\`.`,
    "",
    "| need | what it is, and its last instant |",
    "|---|---|",
    ...needs,
    "",
    ...groups,
  ].join("\n");
}

const HEAD =
  "| feature | meaning | unit | window | needs | null also when |\n|---|---|---|---|---|---|";

function row({ name, meaning, unit, windowMs, needs, missingWhen }: Feature): string {
  const window = windowMs === null ? "" : `${windowMs / 1_000} s`;
  const cells = [`\`${name}\``, meaning, unit, window, needs.join(", "), missingWhen];
  return `| ${cells.join(" | ")} |`;
}
