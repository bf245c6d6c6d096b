import { ModelFileError } from "./model.ts";

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** Lines `key=value` of a part of a text file, which know where they stand. */
export class TextSection {
  readonly where: string;
  readonly #values = new Map<string, string>();

  /** @throws ModelFileError when a line is no `key=value` or a key is there twice. */
  constructor(where: string, lines: readonly string[]) {
    this.where = where;
    for (const line of lines) {
      const [key, value] = split(line);
      if (value === undefined && !FLAGS.has(key)) {
        throw new ModelFileError(where, `expected key=value, found "${line.slice(0, 60)}"`);
      }
      if (this.#values.has(key)) throw new ModelFileError(`${where}.${key}`, "is there twice");
      this.#values.set(key, value ?? "");
    }
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** @throws ModelFileError when the key is absent. */
  text(key: string): string {
    const value = this.#values.get(key);
    if (value === undefined) throw this.fault(key, "is absent");
    return value;
  }

  /** @throws ModelFileError when the value is no whole number from `min` on. */
  whole(key: string, min: number): number {
    const text = this.text(key);
    const value = NUMBER.test(text) ? Number(text) : Number.NaN;
    if (Number.isInteger(value) && value >= min) return value;
    throw this.fault(key, `expected a whole number from ${min}, found "${text}"`);
  }

  /** Finite numbers apart by spaces. @throws ModelFileError when one is none, or they are not `count`. */
  numbers(key: string, count: number): readonly number[] {
    return this.#list(key, count, finite);
  }

  /** The same, where `inf` stands too. @throws ModelFileError as `numbers` does. */
  bounds(key: string, count: number): readonly number[] {
    return this.#list(key, count, (word) => {
      if (word === "inf") return Number.POSITIVE_INFINITY;
      if (word === "-inf") return Number.NEGATIVE_INFINITY;
      return finite(word);
    });
  }

  #list(key: string, count: number, read: (word: string) => number | null): readonly number[] {
    const words = this.text(key)
      .split(" ")
      .filter((word) => word !== "");
    if (words.length !== count) {
      throw this.fault(key, `expected ${count} numbers, found ${words.length}`);
    }
    return words.map((word, at) => {
      const value = read(word);
      if (value !== null) return value;
      throw this.fault(`${key}[${at}]`, `expected a finite number, found "${word}"`);
    });
  }

  /** Whole numbers from `min` to below `end`. @throws ModelFileError as `numbers` does. */
  wholes(key: string, count: number, [min, end]: readonly [number, number]): readonly number[] {
    const values = this.numbers(key, count);
    const at = values.findIndex((value) => !Number.isInteger(value) || value < min || value >= end);
    if (at === -1) return values;
    const found = values[at] ?? Number.NaN;
    const expected = `expected a whole number from ${min} to ${end - 1}, found ${found}`;
    throw this.fault(`${key}[${at}]`, expected);
  }

  /** What is wrong with a key of this part. */
  fault(key: string, what: string): ModelFileError {
    return new ModelFileError(`${this.where}.${key}`, what);
  }
}

function finite(word: string): number | null {
  const value = NUMBER.test(word) ? Number(word) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

/** Lines without a value that LightGBM writes. */
const FLAGS = new Set(["tree", "average_output"]);

function split(line: string): readonly [string, string | undefined] {
  const at = line.indexOf("=");
  return at === -1 ? [line, undefined] : [line.slice(0, at), line.slice(at + 1)];
}
