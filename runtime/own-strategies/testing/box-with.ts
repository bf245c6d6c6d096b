import { StrategyBox } from "../sandbox.ts";
import { compileStrategy, type StrategySource } from "../source.ts";

/** A strategy with this body of its entry; what is before it stands at the top of the file. */
export function strategyFile(body: string, before = ""): string {
  return `${before}
export default {
  version: "1", summary: "A test.", needs: [], parameters: {},
  entry(sight, parameters) { ${body} },
};
`;
}

/** Past the list of forbidden words: what the box itself withholds. */
export function unread(text: string): StrategySource {
  const compiled = compileStrategy("export default 1;");
  if (!("source" in compiled)) throw new Error("compiles");
  const script = text.replace("export default", "module.exports.default =");
  return { ...compiled.source, script };
}

/** A box that was asked nothing yet. */
export function boxWith(body: string, before = ""): StrategyBox {
  return new StrategyBox(unread(strategyFile(body, before)));
}
