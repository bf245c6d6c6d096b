import { execFileSync } from "node:child_process";
import { PACKAGE_ROOT } from "./package-root.ts";

/** The commit this code was checked out at, with `-dirty` when it was changed since; `unknown` without git. */
export function codeCommit(): string {
  try {
    // No tag has a say: what nothing matches is described by its hash alone.
    const args = ["describe", "--always", "--abbrev=12", "--exclude=*", "--dirty"];
    return execFileSync("git", ["-C", PACKAGE_ROOT, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}
