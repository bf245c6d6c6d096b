import { execFileSync } from "node:child_process";
import { PACKAGE_ROOT } from "./package-root.ts";

/** The commit this code was checked out at, with `-dirty` when it was changed since; `unknown` without git. */
export function codeCommit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync("git", ["-C", PACKAGE_ROOT, ...args], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim();
    const head = git("rev-parse", "--short=12", "HEAD");
    return git("status", "--porcelain", "--untracked-files=no") === "" ? head : `${head}-dirty`;
  } catch {
    return "unknown";
  }
}
