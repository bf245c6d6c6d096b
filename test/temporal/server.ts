import { spawn } from "node:child_process";
import { once } from "node:events";
import type { TestProject } from "vitest/node";
import { waitUntil } from "../../runtime/child.ts";
import { readEnvironment } from "../../runtime/config.ts";
import { temporalCommand } from "../../runtime/embedded/temporal.ts";
import { obtainTemporalBinary } from "../../runtime/embedded/temporal-binary.ts";
import { choosePort } from "../../runtime/ports.ts";
import { pingTemporal } from "../../runtime/temporal-client.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Address of the dev server that this suite shares, as host:port. */
    temporalAddress: string;
  }
}

/**
 * Starts one dev server in memory for the whole suite, with the settings the product uses.
 * A missing binary fails the suite: a silent skip would read as green.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const environment = readEnvironment();
  if (environment.temporalAddress) {
    project.provide("temporalAddress", environment.temporalAddress);
    return () => Promise.resolve();
  }
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const binary = await obtainTemporalBinary({ environment, say });
  const [temporal, temporalUi, temporalMetrics] = await Promise.all([
    choosePort(undefined),
    choosePort(undefined),
    choosePort(undefined),
  ]);
  const { command, args } = temporalCommand(
    binary,
    { temporal, temporalUi, temporalMetrics },
    null,
  );
  const server = spawn(command, args, { stdio: "ignore" });
  const exited = once(server, "exit");
  const address = `127.0.0.1:${temporal}`;
  await waitUntil("the Temporal dev server", 60_000, () => pingTemporal(address));
  project.provide("temporalAddress", address);
  return async () => {
    server.kill("SIGTERM");
    await exited;
  };
}
