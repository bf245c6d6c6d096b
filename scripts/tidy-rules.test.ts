import ts from "typescript";
import { expect, it } from "vitest";
import { documentFaults, exportFaults, taskFaults } from "./tidy-rules.ts";

const parse = (content: string): ts.SourceFile =>
  ts.createSourceFile("core/x.ts", content, ts.ScriptTarget.Latest, true);

it("finds an exported name without a doc comment, by line", () => {
  const content = "/** Adds. */\nexport function add() {}\nexport const two = 2;\nconst own = 1;\n";
  expect(exportFaults(parse(content))).toEqual(["core/x.ts:3: exports two without a doc comment"]);
});

it("takes a brand and its constructor of one name as documented once", () => {
  const content = "/** A unit. */\nexport const Unit = 1;\nexport type Unit = number;\n";
  expect(exportFaults(parse(content))).toEqual([]);
});

it("wants exactly one title, first", () => {
  expect(documentFaults("a.md", "# A\n\ntext\n```sh\n# not a title\n```\n")).toEqual([]);
  expect(documentFaults("a.md", "# A\n# B\n")).toHaveLength(1);
  expect(documentFaults("a.md", "text\n# A\n")).toHaveLength(1);
});

it("wants a number on every open task", () => {
  expect(taskFaults("a.ts", "// TODO(#12): later\n")).toEqual([]);
  expect(taskFaults("a.ts", "one\n// TODO: later\n")).toEqual([
    "a.ts:2: an open task without a number",
  ]);
});
