import { inspect } from "node:util";
import { z } from "zod";

/** What stands where a secret stood. */
export const HIDDEN = "[secret]";

/** A text that no log line, error, template, inspection or JSON can show; only `reveal` gives it. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return HIDDEN;
  }
  toJSON(): string {
    return HIDDEN;
  }
  [inspect.custom](): string {
    return HIDDEN;
  }
}

/** Reads a non-empty text as a secret, for configuration. */
export const SecretText = z
  .string()
  .min(1)
  .transform((value) => new Secret(value));

/** Shorter texts are no secrets that can be told from words. */
const HIDDEN_FROM_LENGTH = 6;

/**
 * Takes known secrets out of a text: the second net, for what others put into their messages. Also as
 * they stand in an address or in JSON, and line by line when a secret has several.
 */
export function createScrubber(secrets: readonly Secret[]): (text: string) => string {
  const parts = secrets.flatMap((secret) => secret.reveal().split(/\r?\n/));
  const spellings = parts.flatMap((part) => [
    part,
    encodeURIComponent(part),
    JSON.stringify(part).slice(1, -1),
  ]);
  const known = [...new Set(spellings)]
    .filter((part) => part.length >= HIDDEN_FROM_LENGTH && !/^-+(BEGIN|END) /.test(part))
    .sort((a, b) => b.length - a.length);
  return (text) => known.reduce((clean, part) => clean.replaceAll(part, HIDDEN), text);
}
