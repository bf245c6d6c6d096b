import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type CountCenti,
  countCenti,
  type PriceMicros,
  priceMicros,
} from "../core/domain/units.ts";
import { MirroredBooks } from "./books.ts";

const TICKER = "KXBTC15M-1";

const Side = fc
  .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 6 })
  .chain((cents) =>
    fc.tuple(...cents.map((cent) => fc.tuple(fc.constant(cent), fc.integer({ min: 1, max: 500 })))),
  )
  .map((levels): readonly (readonly [PriceMicros, CountCenti])[] =>
    levels.map(([cent, size]) => [priceMicros(cent * 10_000), countCenti(size)]),
  );
const Book = fc.record({ yes: Side, no: Side });

it("brings whoever makes each told move from any book to any other", () => {
  fc.assert(
    fc.property(fc.array(Book, { minLength: 1, maxLength: 4 }), (books) => {
      const mirrored = new MirroredBooks();
      const shown = { yes: new Map<number, number>(), no: new Map<number, number>() };
      for (const book of books) {
        for (const level of mirrored.whole({ marketTicker: TICKER, at: null, ...book })) {
          mirrored.note(level);
          if (level.size === 0) shown[level.outcome].delete(level.price);
          else shown[level.outcome].set(level.price, level.size);
        }
        expect(shown).toEqual({ yes: new Map(book.yes), no: new Map(book.no) });
      }
    }),
  );
});

it("adds a change to what is shown, and takes no more than is there", () => {
  const mirrored = new MirroredBooks();
  const change = { marketTicker: TICKER, outcome: "yes", price: priceMicros(500_000) } as const;
  const first = mirrored.changed({ ...change, delta: 300 });
  expect(first).toMatchObject({ size: 300 });
  if (first !== null) mirrored.note(first);
  expect(mirrored.changed({ ...change, delta: -100 })).toMatchObject({ size: 200 });
  expect(mirrored.changed({ ...change, delta: -301 })).toBeNull();
  mirrored.drop(TICKER);
  expect(mirrored.changed({ ...change, delta: -1 })).toBeNull();
});
