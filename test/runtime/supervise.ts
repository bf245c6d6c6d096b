/** Supervises two sleeping services in the log folder named by its argument, says their pids, and stays. */
import { Supervisor } from "../../runtime/supervisor.ts";

const supervisor = new Supervisor(process.argv[2] ?? "", {
  onStatus: () => undefined,
  onChildren: () => Promise.resolve(),
});
for (const name of ["first", "second"]) {
  await supervisor.launch({
    name,
    stopSignal: "SIGTERM",
    graceMs: 1_000,
    prepare: () => Promise.resolve({ command: "sleep", args: ["600"] }),
    ready: () => Promise.resolve(),
  });
}
process.stdout.write(
  `${supervisor
    .statuses()
    .map((service) => service.pid)
    .join(" ")}\n`,
);
