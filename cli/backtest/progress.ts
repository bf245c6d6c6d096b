const WIDTH = 30;

/** Draws how far it is on one line of a terminal; says nothing where nobody looks. */
export function progressBar(what: string): (done: number, of: number) => void {
  if (!process.stderr.isTTY) return () => undefined;
  return (done, of) => {
    const filled = Math.round((WIDTH * done) / of);
    const bar = `${"#".repeat(filled)}${".".repeat(WIDTH - filled)}`;
    process.stderr.write(`\r${what} [${bar}] ${String(done)} of ${String(of)}`);
    if (done === of) process.stderr.write("\n");
  };
}
