/**
 * The numbered steps of everything that moves an order or money. At each of them a process may die;
 * `npm run crash-orders` dies there, on purpose, and looks at the books afterwards.
 *
 * A step is told to a hook that is handed in. The product hands in none, and no setting makes it.
 * The `carry` steps, around continue-as-new, are told by the test worker's interceptors.
 */
export const STEPS = [
  "place.1-before-journal",
  "place.2-journaled",
  "place.3-locked",
  "place.4-submitted",
  "place.5-sending",
  "place.6-answered",
  "place.7-learned",
  "place.8-done",
  "replace.1-before-journal",
  "replace.2-journaled",
  "replace.3-locked",
  "replace.4-submitted",
  "replace.5-sending",
  "replace.6-answered",
  "replace.7-learned",
  "replace.8-done",
  "cancel.1-before-request",
  "cancel.2-sending",
  "cancel.3-answered",
  "cancel.4-done",
  "fill.1-seen",
  "fill.2-acknowledged",
  "fill.3-read",
  "fill.4-rows-written",
  "fill.5-first-booked",
  "fill.6-before-commit",
  "fill.7-committed",
  "settle.1-final-word",
  "settle.2-fills-complete",
  "settle.3-row-written",
  "settle.4-booked",
  "settle.5-before-commit",
  "settle.6-committed",
  "settle.7-result-written",
  "carry.1-continuing",
  "carry.2-continued",
] as const;

/** One step, as `<operation>.<number>-<what has happened>`. */
export type Step = (typeof STEPS)[number];

/** Told of each step as it is reached. Must not throw. */
export type StepHook = (step: Step) => void;
