import type { BenchResult } from "./result.ts";
export function btcActions(): Promise<BenchResult> {
  throw new Error("todo");
}
