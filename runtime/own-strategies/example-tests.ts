import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { z } from "zod";
import type { StrategySource } from "./source.ts";
import { StrategyBox } from "./sandbox.ts";

const Fields = z.record(z.string(), z.unknown());
const TestFile = z.strictObject({
  common: Fields,
  tests: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        hook: z.enum(["entry", "exit"]),
        sight: Fields.optional(),
        parameters: Fields.optional(),
        answer: z.unknown(),
      }),
    )
    .min(1),
});

/**
 * Runs the tests that lie beside a strategy, each in the box it will run in.
 *
 * @returns those that failed, with what came instead; and how many there are.
 */
export function runTests(
  source: StrategySource,
  text: string,
  defaults: Readonly<Record<string, unknown>>,
): { readonly count: number; readonly failures: readonly string[] } {
  const parsed = TestFile.safeParse(readYaml(text));
  if (!parsed.success) {
    return { count: 0, failures: [`tests.yaml: ${z.prettifyError(parsed.error)}`] };
  }
  const { common, tests } = parsed.data;
  const failures = tests.flatMap(({ name, hook, sight, parameters, answer }) => {
    const box = new StrategyBox(source);
    const came = attempt(() =>
      box.ask(hook, { ...common, ...sight }, { ...defaults, ...parameters }),
    );
    return isDeepStrictEqual(came, answer)
      ? []
      : [`${name}: expected ${JSON.stringify(answer)}, found ${JSON.stringify(came)}`];
  });
  return { count: tests.length, failures };
}

function attempt(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return { failure: String(error) };
  }
}

function readYaml(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    return { syntax: String(error) };
  }
}
