import type { ParameterSchema, ParameterSpec, ParameterValue } from "./own-api.ts";

/**
 * Completes what the settings give with the defaults.
 *
 * @returns the values, and what is wrong with those given: `name: reason`.
 */
export function readParameters(
  schema: ParameterSchema,
  given: Readonly<Record<string, ParameterValue>>,
): {
  readonly values: Readonly<Record<string, ParameterValue>>;
  readonly faults: readonly string[];
} {
  const unknown = Object.keys(given)
    .filter((name) => !Object.hasOwn(schema, name))
    .map((name) => `${name}: the strategy has no such parameter`);
  const read = Object.entries(schema).map(([name, spec]) => {
    const value = Object.hasOwn(given, name) ? given[name] : spec.default;
    return { name, value: value ?? spec.default, fault: faultOf(spec, value) };
  });
  const wrong = read.flatMap(({ name, fault }) => (fault === null ? [] : [`${name}: ${fault}`]));
  return {
    values: Object.fromEntries(read.map(({ name, value }) => [name, value])),
    faults: [...unknown, ...wrong],
  };
}

/** What is wrong with a schema itself: a default that it would refuse. */
export function schemaFaults(schema: ParameterSchema): readonly string[] {
  return Object.entries(schema).flatMap(([name, spec]) => {
    const fault = faultOf(spec, spec.default);
    return fault === null ? [] : [`${name}: its default: ${fault}`];
  });
}

function faultOf(spec: ParameterSpec, value: ParameterValue | undefined): string | null {
  switch (spec.kind) {
    case "number":
      return typeof value === "number" && value >= spec.min && value <= spec.max
        ? null
        : `expected a number from ${spec.min} to ${spec.max} (${spec.unit}), found ${String(value)}`;
    case "flag":
      return typeof value === "boolean" ? null : `expected true or false, found ${String(value)}`;
    case "choice":
      return typeof value === "string" && spec.choices.includes(value)
        ? null
        : `expected ${spec.choices.join(" or ")}, found ${String(value)}`;
  }
}
