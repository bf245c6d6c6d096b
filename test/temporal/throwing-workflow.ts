import { condition, defineSignal, setHandler } from "@temporalio/workflow";

export const endSignal = defineSignal("end");

/** Code that is broken: it throws on every attempt at its task. */
export function throwsAlways(): Promise<void> {
  throw new TypeError("undefined is not a price");
}

/** Code that is not. */
export async function waits(): Promise<void> {
  let isOver = false;
  setHandler(endSignal, () => {
    isOver = true;
  });
  await condition(() => isOver);
}
