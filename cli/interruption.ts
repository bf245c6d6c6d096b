/** Aborts at the first Ctrl+C, SIGTERM or SIGHUP; a second one ends this process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      controller.abort(signal);
      // The guardian ends the services when this process does not live to do it in order.
      process.once(signal, () => process.exit(130));
    });
  }
  return controller.signal;
}

/** Resolves when the signal aborts. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => {
      resolve();
    });
  });
}
