import { inspect } from "node:util";
import { expect, it } from "vitest";
import { Secret, SecretText } from "./secret.ts";

const secret = new Secret("sk-live");

it("shows itself to nobody but its reader", () => {
  const shown = [
    JSON.stringify({ secret }),
    String(secret),
    inspect({ deep: { secret } }, { showHidden: true, depth: 9 }),
    JSON.stringify(Object.assign(new Error("x"), { secret })),
    JSON.stringify(Object.entries(secret)),
  ].join("\n");
  expect(shown).not.toContain("sk-live");
  expect(secret.reveal()).toBe("sk-live");
});

it("refuses an empty text and does not print a refused one", () => {
  expect(SecretText.safeParse("").success).toBe(false);
  expect(SecretText.parse("k").reveal()).toBe("k");
});
