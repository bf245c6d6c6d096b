/**
 * `npm run check:tidy`: rules that no other tool knows. Every exported name of the core is
 * documented, every document has one title, every open task has a number, every folder says what
 * it is.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { PACKAGE_ROOT } from "../runtime/package-root.ts";
import { documentFaults, exportFaults, taskFaults } from "./tidy-rules.ts";

/** Files git knows or would take: what is ignored is not ours. */
function projectFiles(): readonly string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const listed = execFileSync("git", args, { cwd: PACKAGE_ROOT, encoding: "utf8" });
  return listed.split("\n").filter((file) => file !== "" && existsSync(join(PACKAGE_ROOT, file)));
}

/** Folders with files of ours, which each need a README. */
function ownFolders(files: readonly string[]): readonly string[] {
  return [...new Set(files.map((file) => dirname(file)))].filter((folder) => folder !== ".");
}

function check(): readonly string[] {
  const files = projectFiles();
  const read = (file: string): string => readFileSync(join(PACKAGE_ROOT, file), "utf8");
  const faults: string[] = [];
  for (const file of files) {
    if (file.endsWith(".md")) faults.push(...documentFaults(file, read(file)));
    if (!file.endsWith(".ts")) continue;
    const content = read(file);
    faults.push(...taskFaults(file, content));
    if (file.startsWith("core/") && !file.endsWith(".test.ts")) {
      const source = ts.createSourceFile(file, content, ts.ScriptTarget.Latest, true);
      faults.push(...exportFaults(source));
    }
  }
  for (const folder of ownFolders(files)) {
    if (!files.includes(`${folder}/README.md`)) faults.push(`${folder}: has no README.md`);
  }
  return faults;
}

const faults = check();
for (const fault of faults) process.stdout.write(`${fault}\n`);
process.stdout.write(faults.length === 0 ? "tidy\n" : `${faults.length} untidy\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
