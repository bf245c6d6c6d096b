import ts from "typescript";

/** Exported names without a doc comment. */
export function exportFaults(source: ts.SourceFile): readonly string[] {
  const faults: string[] = [];
  let documentedUnder = "";
  for (const statement of source.statements) {
    if (!isExported(statement)) continue;
    const name = nameOf(statement);
    const isDocumented = ts.getJSDocCommentsAndTags(statement).length > 0;
    // Overloads, and a type that shares its value's name, are documented once.
    if (!isDocumented && name !== documentedUnder) {
      const { line } = source.getLineAndCharacterOfPosition(statement.getStart());
      faults.push(`${source.fileName}:${line + 1}: exports ${name} without a doc comment`);
    }
    if (isDocumented) documentedUnder = name;
  }
  return faults;
}

/** A document has one title, on its first line. */
export function documentFaults(file: string, content: string): readonly string[] {
  const outsideCode = content.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, "");
  const titles = outsideCode.split("\n").filter((line) => line.startsWith("# "));
  if (titles.length !== 1) return [`${file}: has ${titles.length} titles, not one`];
  return content.startsWith("# ") ? [] : [`${file}: does not begin with its title`];
}

/** An open task has the number of an issue: `TODO(#12): what`. */
export function taskFaults(file: string, content: string): readonly string[] {
  return content.split("\n").flatMap((line, index) => {
    const isOpen = /\b(TODO|FIXME|XXX|HACK)\b/.test(line);
    const isNumbered = /\bTODO\(#\d+\):/.test(line);
    // This file and its test have to spell the words.
    if (!isOpen || isNumbered || file.startsWith("scripts/tidy")) return [];
    return [`${file}:${index + 1}: an open task without a number`];
  });
}

function isExported(statement: ts.Statement): boolean {
  if (!ts.canHaveModifiers(statement)) return false;
  const modifiers = ts.getModifiers(statement) ?? [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

function nameOf(statement: ts.Statement): string {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText()).join(", ");
  }
  const declaration = ts.isDeclarationStatement(statement) ? statement.name : undefined;
  return declaration?.getText() ?? "something";
}
