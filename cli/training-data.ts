import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { FEATURE_COLUMNS } from "../backtest/feature-csv.ts";
import { FEATURE_NAMES } from "../core/models/features/list.ts";
import { failed } from "./output.ts";

const FEATURES_FROM = FEATURE_COLUMNS.indexOf(FEATURE_NAMES[0] ?? "");
const HEAD = FEATURE_COLUMNS.slice(0, FEATURES_FROM);
const TAIL = FEATURE_COLUMNS.slice(FEATURES_FROM + FEATURE_NAMES.length);
const SETTLED = "label_settled";
const SOURCE = FEATURE_COLUMNS.indexOf("source");
/** Columns that hold words. */
const WORDS = FEATURE_COLUMNS.indexOf("instant_ms");

/**
 * Looks at a CSV of features as far as the first row that has a result: what `tools/train` would refuse it for at
 * once is said without it. Features may be left out of it.
 *
 * @throws CommandError naming file, line and what is wrong.
 */
export async function assertTrainable(file: string): Promise<void> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  let columns: readonly string[] | null = null;
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (columns === null) {
      columns = line.split(",");
      assertColumns(file, columns);
      continue;
    }
    const fields = line.split(",");
    assertRow(`${file}, line ${String(number)}`, columns, fields);
    if (fields[columns.indexOf(SETTLED)] !== "") return;
  }
  if (columns === null) throw untrainable(`${file} is empty`);
  throw untrainable(
    number === 1 ? `${file} has no rows` : `${file}: no game of it has settled: nothing to learn`,
  );
}

function assertColumns(file: string, columns: readonly string[]): void {
  const isFramed =
    HEAD.every((name, index) => columns[index] === name) &&
    TAIL.every((name, index) => columns[columns.length - TAIL.length + index] === name);
  if (!isFramed) {
    throw untrainable(
      `${file}: its first line is not ${HEAD.join(",")},FEATURES,${TAIL.join(",")}`,
    );
  }
  const features = columns.slice(HEAD.length, -TAIL.length);
  const stranger = features.find((name) => !FEATURE_NAMES.includes(name));
  if (stranger !== undefined) throw untrainable(`${file}: ${stranger} is no feature`);
  if (features.length === 0) throw untrainable(`${file} has no features`);
}

function assertRow(where: string, columns: readonly string[], fields: readonly string[]): void {
  if (fields.length !== columns.length) {
    throw untrainable(
      `${where}: ${String(fields.length)} fields, and ${String(columns.length)} columns`,
    );
  }
  const source = fields[SOURCE] ?? "";
  if (!/^(recording|world:\d+)$/.test(source)) {
    throw untrainable(`${where}: source is ${source}, and neither recording nor world:SEED`);
  }
  const wrong = fields.findIndex(
    (field, index) => index >= WORDS && field !== "" && !Number.isFinite(Number(field)),
  );
  if (wrong !== -1) {
    throw untrainable(`${where}: ${columns[wrong] ?? ""} is ${fields[wrong] ?? ""}, no number`);
  }
}

function untrainable(cause: string): ReturnType<typeof failed> {
  return failed(cause, "`npx tipoff features export` makes it");
}
