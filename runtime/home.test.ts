import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { homeAt, readServices, ServicesFile } from "./home.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "home-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("writes down every change when several services change at once", async () => {
  const home = homeAt(folder);
  const file = new ServicesFile(home, await readServices(home));
  const child = (pid: number) => ({
    name: `service-${pid}`,
    pid,
    start: "now",
    stopSignal: "SIGTERM" as const,
    graceMs: 0,
  });
  const processes = [1, 2, 3, 4, 5, 6, 7, 8].map(child);
  await Promise.all([
    ...processes.map((_, index) => file.change({ processes: processes.slice(0, index + 1) })),
    file.change({ mode: "paper" }),
  ]);
  expect(await readServices(home)).toMatchObject({ mode: "paper", processes });
});
