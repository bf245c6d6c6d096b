/** A thread that plays nights for `pool.ts`: one job at a time, answered in its own sequence. */
import { parentPort } from "node:worker_threads";
import { required } from "../core/domain/assert.ts";
import { type NightJob, playJob } from "./job.ts";

const port = required(parentPort, "the port of a worker thread");
port.on("message", (job: NightJob) => {
  // What fails is thrown where the pool hears of it, as an error of this thread.
  void playJob(job).then((outcome) => {
    port.postMessage(outcome);
  });
});
