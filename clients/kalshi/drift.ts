import { z } from "zod";

/** Fields that the venue is known to send and that we do not read, by the schema of their object. */
const unusedFields = z.registry<{ readonly names: readonly string[] }>();

/** An object on the wire: the fields that are read, and the names of those known and left alone. */
export function wireObject<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  unused: readonly string[] = [],
): z.ZodObject<Shape> {
  return z.object(shape).register(unusedFields, { names: unused });
}

/** Counts fields that no schema knows: the first sign that the venue is changing its wire. */
export class DriftSentinel {
  readonly #counts = new Map<string, number>();
  readonly #onFirst: (field: string) => void;

  constructor(onFirst: (field: string) => void) {
    this.#onFirst = onFirst;
  }

  /** Times each unknown field was seen, by `source.path`, array indexes left out. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  observe(source: string, schema: z.core.$ZodType, value: unknown): void {
    if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
      this.observe(source, schema.unwrap(), value);
    } else if (schema instanceof z.ZodArray && Array.isArray(value)) {
      const items: readonly unknown[] = value;
      for (const item of items) this.observe(source, schema.element, item);
    } else if (schema instanceof z.ZodObject && typeof value === "object" && value !== null) {
      const names = unusedFields.get(schema)?.names ?? [];
      const fields: readonly (readonly [string, unknown])[] = Object.entries(value);
      for (const [name, inner] of fields) {
        const known: unknown = schema.shape[name];
        if (known instanceof z.core.$ZodType) this.observe(`${source}.${name}`, known, inner);
        else if (!names.includes(name)) this.#count(`${source}.${name}`);
      }
    }
  }

  #count(field: string): void {
    const seen = this.#counts.get(field) ?? 0;
    this.#counts.set(field, seen + 1);
    if (seen === 0) this.#onFirst(field);
  }
}
