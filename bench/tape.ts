import { createHash } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usdMicros } from "../core/domain/units.ts";
import { Engine } from "../sim/exchange/engine.ts";
import { TAPE_FILE, Tape } from "../sim/recordings/tape.ts";
import { createWorld } from "../sim/world/world.ts";
import type { BenchResult } from "./result.ts";

const SEED = 7;
const HOURS = 4;
const EVENTS_DROPPED_EVERY = 2_000;

/** What a restart of a live night costs: its tape is read, and every fact is played again. */
export async function tape(): Promise<BenchResult> {
  const world = createWorld({ seed: SEED, bitcoin: { hours: HOURS } });
  const dir = await mkdtemp(join(tmpdir(), "bench-tape-"));
  try {
    const written = await Tape.open(dir);
    let facts = 0;
    for (const fact of world.facts()) {
      written.append(fact);
      facts += 1;
    }
    await written.close();
    const { size } = await stat(join(dir, TAPE_FILE));
    const read = await Tape.open(dir);
    const start = performance.now();
    const engine = new Engine(world.manifest, usdMicros(0));
    let played = 0;
    for await (const fact of read.facts()) {
      engine.pass(fact.receivedAt);
      engine.apply(fact);
      played += 1;
      if (played % EVENTS_DROPPED_EVERY !== 0) continue;
      engine.takeEvents();
      engine.takeDirty();
    }
    const seconds = (performance.now() - start) / 1_000;
    await read.close();
    return {
      name: "tape",
      definition: `the ${facts} facts of ${HOURS} hours of the three Bitcoin series, written to a tape, read back and played by the exchange's engine, on one core`,
      seed: SEED,
      checksum: createHash("sha256").update(endOf(engine)).digest("hex"),
      figures: [
        figure("facts read and played", Math.round(played / seconds), "1/s"),
        figure("a fact on the tape", Math.round(size / facts), "bytes"),
        figure("facts of the world", Math.round(facts / (HOURS * 3_600)), "1/s"),
      ],
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** How each market ended. */
function endOf(engine: Engine): string {
  const ends = [...engine.listings.values()].map(({ ticker, status, result, volume }) =>
    [ticker, status, result, volume].join(" "),
  );
  return ends.join("\n");
}

function figure(name: string, value: number, unit: string): BenchResult["figures"][number] {
  return { name, value, unit, target: null };
}
