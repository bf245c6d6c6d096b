import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { PACKAGE_ROOT } from "../../runtime/package-root.ts";

/** What a line of a document names between backticks as `file.test.ts > title`. */
export function namedTests(line: string): readonly string[] {
  return [...line.matchAll(/`([^`]+\.test\.ts > [^`]+)`/g)].map(([, name = ""]) => name);
}

/** Whether a test is there under the name that a document gives it. */
export function isTestThere(name: string): boolean {
  const [file = "", ...title] = name.split(" > ");
  const path = join(PACKAGE_ROOT, file);
  return existsSync(path) && testTitles(path).includes(title.join(" > "));
}

/**
 * Every test of a file as `group > title`, templates of `it.each` as they are written. A title of another
 * kind than a plain text has no name here.
 */
function testTitles(path: string): readonly string[] {
  const source = ts.createSourceFile(
    path,
    readFileSync(path, "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  const titles: string[] = [];
  const visit = (node: ts.Node, groups: readonly string[]): void => {
    const call = ts.isCallExpression(node) ? readCall(node) : null;
    if (call?.kind === "test") titles.push([...groups, call.title].join(" > "));
    const inner = call?.kind === "group" ? [...groups, call.title] : groups;
    ts.forEachChild(node, (child) => {
      visit(child, inner);
    });
  };
  visit(source, []);
  return titles;
}

function readCall(call: ts.CallExpression): { kind: "test" | "group"; title: string } | null {
  const [title] = call.arguments;
  if (title === undefined || !ts.isStringLiteralLike(title)) return null;
  const name = /^(it|test|describe)\b/.exec(call.expression.getText())?.[1];
  if (name === undefined) return null;
  return { kind: name === "describe" ? "group" : "test", title: title.text };
}
