import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Mode } from "../../core/domain/decision.ts";
import type { TradingDate } from "../../core/domain/time.ts";
import { json, writeWhole } from "../report/write.ts";
import { type Db } from "../../schema/database.ts";
import { type NewJudgement, recordJudgement } from "../../schema/queries/judgements.ts";
import { paperHtml, paperMarkdown } from "./pages.ts";
import type { Paper } from "./paper.ts";

/** What is archived, and where. */
export interface ArchiveRequest
  extends Pick<NewJudgement, "kind" | "basis" | "tried" | "verdict" | "by"> {
  readonly mode: Mode;
  readonly from: TradingDate;
  readonly to: TradingDate;
  readonly at: Date;
  /** The home's folder of reports. */
  readonly reportsDir: string;
}

/**
 * Writes a paper into a folder named by its days and its content, and notes it in the database. The same
 * paper again is the same folder, and a validation one more note; another of the same days stands beside it:
 * nothing is overwritten.
 *
 * @returns the folder.
 */
export async function archivePaper(db: Db, paper: Paper, request: ArchiveRequest): Promise<string> {
  const { kind, mode, from, to, reportsDir, ...rest } = request;
  const text = json(paper.json);
  const sha256 = createHash("sha256").update(text).digest("hex");
  const days = from === to ? from : `${from}-to-${to}`;
  const dir = join(reportsDir, "judgements", `${kind}-${mode}-${days}-${sha256.slice(0, 8)}`);
  await writePaper(dir, paper);
  await recordJudgement(db, {
    ...rest,
    ...{ kind, mode, from, to, reportDir: dir, reportSha256: sha256 },
  });
  return dir;
}

/** Writes `report.json`, `report.md` and `report.html`, each whole or not at all. */
export async function writePaper(dir: string, paper: Paper): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeWhole(join(dir, "report.md"), paperMarkdown(paper));
  await writeWhole(join(dir, "report.html"), paperHtml(paper));
  // Last: who finds it finds the others.
  await writeWhole(join(dir, "report.json"), json(paper.json));
}
