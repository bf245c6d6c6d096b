import { type ChildProcess, spawn } from "node:child_process";
import { childEnvironment } from "../../runtime/config.ts";
import { nodeArguments } from "../../runtime/package-root.ts";
import type { StandIn } from "./stand-in-venue.ts";

/** `tipoff record` as a process, with all it has said so far. */
export interface Sitting {
  readonly child: ChildProcess;
  /** Its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  said(): string;
}

/** Records `KXBTC15M` of the stand-in into a folder, until it is told to end. */
export function startSitting({ environment }: StandIn, out: string): Sitting {
  const args = nodeArguments("cli/main.ts", "record", "--out", out, "--series", "KXBTC15M");
  const child = spawn(process.execPath, args, { env: childEnvironment(environment) });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      said += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  return { child, ended, said: () => said };
}
