import { vi } from "vitest";

/** What was written since, to standard output and to standard error. */
interface Captured {
  out: string;
  err: string;
}

/** Holds back and keeps what is written, until the mocks are restored. */
export function captureOutput(): Captured {
  const told = { out: "", err: "" };
  for (const [name, stream] of [
    ["out", process.stdout],
    ["err", process.stderr],
  ] as const) {
    vi.spyOn(stream, "write").mockImplementation((text) => {
      told[name] += String(text);
      return true;
    });
  }
  return told;
}
