/**
 * Loaded by `node --import`: shifts what this process takes for the wall clock by what a file says, as if
 * the machine's clock had been set. The file is JSON `{"shiftMs": 60000, "only": "worker"}`; `only`, a part of
 * the script's path, leaves the clocks of other processes alone. Monotonic time is not touched.
 */
import { readFileSync } from "node:fs";

const FILE = process.env.TIPOFF_TEST_CLOCK ?? "";
const LOOK_MS = 50;
const Real = Date;
let shiftMs = 0;

const now = () => Real.now() + shiftMs;

function look() {
  try {
    const { shiftMs: wanted, only = "" } = JSON.parse(readFileSync(FILE, "utf8"));
    shiftMs = (process.argv[1] ?? "").includes(only) ? wanted : 0;
  } catch {
    // Not there yet, or half written: the next look reads it.
  }
}

globalThis.Date = new Proxy(Real, {
  apply: () => new Real(now()).toString(),
  construct: (target, args, of) => Reflect.construct(target, args.length === 0 ? [now()] : args, of),
  get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
});
look();
setInterval(look, LOOK_MS).unref();
