import { ModelFileError } from "./model.ts";

/** A part of a JSON file that knows where it stands, so that what is wrong can be named. */
export class JsonPart {
  readonly where: string;
  readonly #value: unknown;

  constructor(value: unknown, where: string) {
    this.#value = value;
    this.where = where;
  }

  get isAbsent(): boolean {
    return this.#value === undefined || this.#value === null;
  }

  /** @throws ModelFileError when this is no object. */
  field(name: string): JsonPart {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.fault("an object");
    }
    const found: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
    return new JsonPart(found, this.where === "" ? name : `${this.where}.${name}`);
  }

  /** @throws ModelFileError when this is no list. */
  items(): readonly JsonPart[] {
    const value: unknown = this.#value;
    if (!Array.isArray(value)) throw this.fault("a list");
    return value.map((item: unknown, at) => new JsonPart(item, `${this.where}[${at}]`));
  }

  /** @throws ModelFileError when this is no finite number. */
  number(): number {
    if (typeof this.#value !== "number" || !Number.isFinite(this.#value)) {
      throw this.fault("a finite number");
    }
    return this.#value;
  }

  /** @throws ModelFileError when this is no whole number from 0 to below `end`. */
  index(end: number): number {
    const value = this.#value;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value >= end) {
      throw this.fault(`a whole number from 0 to ${end - 1}`);
    }
    return value;
  }

  /** @throws ModelFileError when this is no text. */
  text(): string {
    if (typeof this.#value !== "string") throw this.fault("a text");
    return this.#value;
  }

  /** What is wrong here: something else was expected. */
  fault(expected: string): ModelFileError {
    const text = this.#value === undefined ? "nothing" : JSON.stringify(this.#value);
    const found = text.length > 60 ? `${text.slice(0, 57)}...` : text;
    return new ModelFileError(
      this.where || "(the whole file)",
      `expected ${expected}, found ${found}`,
    );
  }
}

/** Reads JSON. @throws ModelFileError when the text is none, as a truncated file's is not. */
export function parseModelJson(text: string): JsonPart {
  try {
    return new JsonPart(JSON.parse(text), "");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ModelFileError("(the whole file)", `is not JSON, or truncated: ${why}`);
  }
}
