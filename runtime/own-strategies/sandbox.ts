import { createContext, Script, type Context } from "node:vm";
import { z } from "zod";
import type {
  ParameterValues,
  OwnEntry,
  OwnExit,
  OwnSight,
} from "../../core/strategies/own-api.ts";
import type { OwnCode } from "../../core/strategies/own-strategy.ts";
import type { StrategySource } from "./source.ts";

/** Wall time one call may take, milliseconds. Some hundred times what any rule needs. */
const CALL_WALL_MS = 250;
/**
 * How often a call is made that was cut off: what hangs is cut off each time, and a machine that was busy
 * elsewhere does not decide what a strategy answers. Calls leave nothing behind, so that each is the first.
 */
const CALLS_MAX = 3;
/** The box itself is made once. */
const LOAD_WALL_MS = 10_000;

/**
 * Runs before the strategy, in its own realm: nothing of the process is in there, and what every realm has of
 * clock, chance and later is taken out. So that no call leaves anything for the next, everything that a file can
 * reach is frozen, what no global leads to as well (iterators, generators and their like); what every expression
 * leaves of its last match in `RegExp` is taken out, and so is the name of the global object, whose own are fixed:
 * `this` at the top of a file is what the compiler makes of it, which is never that object. What does all this is a
 * closure, and what asks a constant of the realm: a file has no hold on either.
 */
const PREPARE = `"use strict";
const ask = (() => {
  const world = globalThis;
  const { Reflect, Object, Set } = world;
  delete Math.random;
  for (const one of [Number, String, Array, BigInt, Object]) {
    for (const name of ["toLocaleString", "localeCompare", "toLocaleLowerCase", "toLocaleUpperCase"]) {
      delete one.prototype[name];
    }
  }
  for (const name of Object.getOwnPropertyNames(RegExp)) {
    if (Object.getOwnPropertyDescriptor(RegExp, name).get) delete RegExp[name];
  }
  const frozen = new Set();
  const freezeAll = (value) => {
    if (value === null || (typeof value !== "object" && typeof value !== "function")) return;
    if (frozen.has(value)) return;
    frozen.add(value);
    for (const key of Reflect.ownKeys(value)) {
      const { value: inner, get, set } = Object.getOwnPropertyDescriptor(value, key);
      freezeAll(inner); freezeAll(get); freezeAll(set);
    }
    freezeAll(Object.getPrototypeOf(value));
    if (value !== world) Object.freeze(value);
  };
  freezeAll(world);
  const list = [].values();
  const unnamed = [list, new Map().keys(), new Set().keys(), ""[Symbol.iterator](), "".matchAll(/x/g),
    () => {}, function* () {}, (function* () {})(), async () => {}, async function* () {},
    (async function* () {})()];
  freezeAll(unnamed);
  // Newer machines have these.
  if (list.map !== undefined) freezeAll([list.map((one) => one), Iterator.from({ next: () => ({}) })]);
  for (const name of ["Date", "Intl", "Temporal", "WebAssembly", "SharedArrayBuffer", "Atomics", "WeakRef",
    "FinalizationRegistry", "Promise", "console", "eval", "Function", "escape", "unescape", "globalThis"]) {
    delete world[name];
  }
  for (const name of Reflect.ownKeys(world)) {
    const { value, enumerable } = Object.getOwnPropertyDescriptor(world, name);
    Object.defineProperty(world, name, { value, enumerable, writable: false, configurable: false });
  }
  const seal = (value) => {
    if (value !== null && typeof value === "object") {
      for (const inner of Object.values(value)) seal(inner);
      Object.freeze(value);
    }
    return value;
  };
  const { parse, stringify } = JSON;
  return Object.freeze((load, question) => {
    const module = { exports: {} };
    load(module, module.exports);
    const strategy = module.exports.default;
    const { hook, sight, parameters } = parse(question);
    if (hook === "describe") {
      const { version, summary, needs, parameters, entry, exit } = strategy;
      return stringify({ version, summary, needs, parameters,
        entry: typeof entry, exit: exit === undefined ? "undefined" : typeof exit });
    }
    return stringify(strategy[hook](seal(sight), seal(parameters)));
  });
})();
`;

const Parameter = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("number"),
    default: z.number(),
    min: z.number(),
    max: z.number(),
    unit: z.string().min(1),
    about: z.string().min(1),
  }),
  z.strictObject({ kind: z.literal("flag"), default: z.boolean(), about: z.string().min(1) }),
  z.strictObject({
    kind: z.literal("choice"),
    default: z.string(),
    choices: z.array(z.string()).min(1),
    about: z.string().min(1),
  }),
]);

const Description = z.strictObject({
  version: z.string().min(1),
  summary: z.string().min(1),
  needs: z.array(z.enum(["forecast", "live-score"])),
  parameters: z.record(z.string(), Parameter),
  entry: z.literal("function"),
  exit: z.enum(["function", "undefined"]),
});

const Entry = z.union([
  z.strictObject({
    team: z.enum(["home", "away"]),
    fairValue: z.number().gt(0).lt(1),
  }),
  z.strictObject({ refusal: z.string().min(1).max(200) }),
]);
const Exit = z.strictObject({ leaves: z.boolean() });

/** A box with one strategy in it. Only text goes in and out: no object of the process is ever in reach. */
export class StrategyBox {
  readonly #context: Context;
  readonly #call: Script;

  /** @throws Error when the strategy cannot even be loaded. */
  constructor({ script }: StrategySource) {
    const codeGeneration = { strings: false, wasm: false };
    this.#context = createContext(
      {},
      {
        name: "strategy",
        codeGeneration,
        microtaskMode: "afterEvaluate",
      },
    );
    run(new Script(PREPARE, { filename: "box.js" }), this.#context, LOAD_WALL_MS);
    // On the first line stands what surrounds the file: its own lines keep their numbers.
    const load = `"use strict";const load = Object.freeze((module, exports) => {\n${script}\n});`;
    const loading = new Script(load, { filename: "strategy.ts", lineOffset: -1 });
    run(loading, this.#context, LOAD_WALL_MS);
    this.#call = new Script("ask(load, question)", { filename: "strategy.ts" });
  }

  /** Asks a hook. @throws Error with what the strategy threw, or that it took too long. */
  ask(hook: string, sight: unknown, parameters: unknown): unknown {
    const question = JSON.stringify({ hook, sight, parameters });
    const answer = run(this.#call, this.#context, CALL_WALL_MS, { question, times: CALLS_MAX });
    if (typeof answer !== "string") throw new Error(`${hook} answered nothing`);
    return JSON.parse(answer);
  }
}

/**
 * What is thrown in the box is of its realm: only its words come out.
 *
 * @param asked is put into the realm each time: its name there may be written, and by a call that was cut off too.
 */
function run(
  script: Script,
  context: Context,
  timeout: number,
  asked?: { readonly question: string; readonly times: number },
): unknown {
  if (asked !== undefined) context["question"] = asked.question;
  try {
    const answer: unknown = script.runInContext(context, { timeout });
    return answer;
  } catch (error) {
    if (asked !== undefined && asked.times > 1 && isCutOff(error)) {
      return run(script, context, timeout, { ...asked, times: asked.times - 1 });
    }
    throw new Error(messageOf(error));
  }
}

/** Node throws it as an object of the box's realm. */
function isCutOff(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("code" in error)) return false;
  return error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  const message =
    typeof error === "object" && error !== null && "message" in error ? error.message : error;
  return typeof message === "string"
    ? message.slice(0, 200)
    : "it threw something that is no error";
}

/**
 * The code of a strategy in a box of its own.
 *
 * @throws Error when its file does not describe a strategy; zod's message names the field.
 */
export function boxed(source: StrategySource): OwnCode {
  const box = new StrategyBox(source);
  const parsed = Description.safeParse(box.ask("describe", null, null));
  if (!parsed.success) throw new Error(`the default export: ${z.prettifyError(parsed.error)}`);
  const { version, summary, needs, parameters, exit } = parsed.data;
  return {
    hash: source.hash,
    version,
    summary,
    needs,
    parameters,
    entry: (sight, values) => read<OwnEntry>(Entry, box, "entry", sight, values),
    exit:
      exit === "function"
        ? (sight, values) => read<OwnExit>(Exit, box, "exit", sight, values)
        : null,
  };
}

function read<Answer>(
  schema: z.ZodType<Answer>,
  box: StrategyBox,
  hook: string,
  sight: OwnSight,
  values: ParameterValues,
): Answer {
  const parsed = schema.safeParse(box.ask(hook, sight, values));
  if (!parsed.success) throw new Error(`${hook} answered what it may not`);
  return parsed.data;
}
