import { expect, it } from "vitest";
import { chooseMode, requireMode } from "./choices.ts";
import { CommandError, EXIT } from "./output.ts";

it("takes the mode that was asked for, else that of the environment", () => {
  expect(chooseMode("shadow", "paper")).toBe("shadow");
  expect(chooseMode("paper", "shadow")).toBe("paper");
  expect(chooseMode(undefined, "shadow")).toBe("shadow");
});

it("plays in no other mode than was asked for: the worker of a home has one", () => {
  expect(() => {
    requireMode("paper", "paper");
    requireMode(undefined, "shadow");
  }).not.toThrow();
  const refusal = (): unknown => {
    try {
      requireMode("shadow", "paper");
    } catch (error) {
      return error;
    }
    return null;
  };
  const refused = refusal();
  expect(refused).toBeInstanceOf(CommandError);
  expect(refused).toMatchObject({
    exitCode: EXIT.refused,
    message: "the worker of this home runs in mode paper, not shadow",
    next: expect.stringContaining("npx tipoff up --mode shadow") as unknown,
  });
});
