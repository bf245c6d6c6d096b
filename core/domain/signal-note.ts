/** Who sent a signal and why, for the record. */
export interface SignalNote {
  readonly reason: string;
  readonly by: string;
  /** A workflow of ours sent it on: it was recorded where it arrived first. */
  readonly isPassedOn: boolean;
}

/** Reads the note of a signal's payload. Never throws: a handler that throws would block its workflow. */
export function readSignalNote(payload: unknown): SignalNote {
  const fields = new Map<string, unknown>(
    typeof payload === "object" && payload !== null ? Object.entries(payload) : [],
  );
  const text = (name: string): string | null => {
    const value = fields.get(name);
    return typeof value === "string" && value !== "" ? value : null;
  };
  return {
    reason: text("reason") ?? "no reason given",
    by: text("by") ?? "signal",
    isPassedOn: text("passedOnBy") !== null,
  };
}

/** The payload with which a workflow sends a signal on. */
export function passOn(
  payload: unknown,
  passedOnBy: string,
): Pick<SignalNote, "reason" | "by"> & { readonly passedOnBy: string } {
  const { reason, by } = readSignalNote(payload);
  return { reason, by, passedOnBy };
}
