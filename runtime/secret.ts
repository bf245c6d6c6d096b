import { inspect } from "node:util";
import { z } from "zod";

const HIDDEN = "[secret]";

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
