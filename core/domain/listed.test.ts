import { expect, it } from "vitest";
import { listed } from "./listed.ts";

it("tells at most five names, and how many there are besides", () => {
  expect(listed(["a"])).toBe("a");
  expect(listed(["a", "b", "c", "d", "e"])).toBe("a, b, c, d, e");
  expect(listed(["a", "b", "c", "d", "e", "f", "g"])).toBe("a, b, c, d, e and 2 more");
});
