/** Probability of natural log-odds. */
export function logistic(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

/** Natural log-odds of a probability kept `clip` away from 0 and 1. */
export function logit(p: number, clip: number): number {
  const kept = Math.min(1 - clip, Math.max(clip, p));
  return Math.log(kept / (1 - kept));
}

/** Steps of Newton's method after which a likelihood counts as one without a maximum. */
const STEPS_MAX = 100;
/** Gain of likelihood still to be had, a row, below which the next step is the last. */
const GAIN_LAST = 1e-20;
/** Gain below which rounding says more of the likelihood than the step does. */
const GAIN_CLEAR = 1e-9;
/** Coefficients beyond this belong to outcomes that a threshold divides. */
const COEFFICIENT_MAX = 1e4;

/**
 * Logistic regression by maximum likelihood, without a penalty: Newton's method with halved steps.
 *
 * @param features one column a feature, each as long as `outcomes`; one or two in practice.
 * @returns the intercept and a coefficient a feature; `null` when the likelihood has no maximum.
 */
export function fitLogistic(
  features: readonly (readonly number[])[],
  outcomes: readonly (0 | 1)[],
): readonly number[] | null {
  const columns = [outcomes.map(() => 1), ...features];
  let coefficients: readonly number[] = columns.map(() => 0);
  for (let count = 0; count < STEPS_MAX; count += 1) {
    const newton = newtonStep(columns, outcomes, coefficients);
    if (newton === null) return null;
    const { step, gain } = newton;
    if (gain < GAIN_LAST * outcomes.length) return moved(coefficients, step, 1);
    const share = gain < GAIN_CLEAR ? 1 : uphill(columns, outcomes, coefficients, step);
    coefficients = moved(coefficients, step, share);
    if (coefficients.some((value) => !(Math.abs(value) < COEFFICIENT_MAX))) return null;
  }
  return null;
}

/** The largest share of a step, halved each time, after which the likelihood is no lower. */
function uphill(
  columns: readonly (readonly number[])[],
  outcomes: readonly (0 | 1)[],
  from: readonly number[],
  step: readonly number[],
): number {
  const before = logLikelihood(columns, outcomes, from);
  let share = 1;
  while (share > 1e-6 && logLikelihood(columns, outcomes, moved(from, step, share)) < before) {
    share /= 2;
  }
  return share;
}

function moved(from: readonly number[], step: readonly number[], share: number): number[] {
  return from.map((value, i) => value + share * (step[i] ?? 0));
}

function predictor(
  columns: readonly (readonly number[])[],
  coefficients: readonly number[],
  row: number,
): number {
  let sum = 0;
  for (let j = 0; j < columns.length; j += 1) {
    sum += (coefficients[j] ?? 0) * (columns[j]?.[row] ?? 0);
  }
  return sum;
}

function logLikelihood(
  columns: readonly (readonly number[])[],
  outcomes: readonly (0 | 1)[],
  coefficients: readonly number[],
): number {
  let sum = 0;
  for (const [row, outcome] of outcomes.entries()) {
    const x = predictor(columns, coefficients, row);
    // log(1 + e^x) without overflow.
    sum += outcome * x - (Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))));
  }
  return sum;
}

/**
 * The step to where the likelihood's quadratic would have its maximum, and twice what it would gain
 * by it. @returns `null` when it has none.
 */
function newtonStep(
  columns: readonly (readonly number[])[],
  outcomes: readonly (0 | 1)[],
  coefficients: readonly number[],
): { readonly step: readonly number[]; readonly gain: number } | null {
  const size = columns.length;
  const matrix = Array.from({ length: size }, () => new Array<number>(size + 1).fill(0));
  for (const [row, outcome] of outcomes.entries()) {
    const p = logistic(predictor(columns, coefficients, row));
    const weight = p * (1 - p);
    for (let i = 0; i < size; i += 1) {
      const x = columns[i]?.[row] ?? 0;
      const line = matrix[i] ?? [];
      for (let j = 0; j < size; j += 1) {
        line[j] = (line[j] ?? 0) + weight * x * (columns[j]?.[row] ?? 0);
      }
      line[size] = (line[size] ?? 0) + (outcome - p) * x;
    }
  }
  const slopes = matrix.map((line) => line[size] ?? 0);
  const step = solved(matrix);
  if (step === null) return null;
  return { step, gain: step.reduce((sum, value, i) => sum + value * (slopes[i] ?? 0), 0) };
}

/** Solves linear equations, the right side in the last column, by elimination with pivots. */
function solved(matrix: number[][]): number[] | null {
  const size = matrix.length;
  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    for (let row = column + 1; row < size; row += 1) {
      const isLarger =
        Math.abs(matrix[row]?.[column] ?? 0) > Math.abs(matrix[pivot]?.[column] ?? 0);
      if (isLarger) pivot = row;
    }
    const top = matrix[pivot];
    const displaced = matrix[column];
    if (!top || !displaced || !(Math.abs(top[column] ?? 0) > 1e-12)) return null;
    matrix[pivot] = displaced;
    matrix[column] = top;
    for (const [row, line] of matrix.entries()) {
      if (row === column) continue;
      const factor = (line[column] ?? 0) / (top[column] ?? 1);
      for (let j = column; j <= size; j += 1) line[j] = (line[j] ?? 0) - factor * (top[j] ?? 0);
    }
  }
  return matrix.map((line, i) => (line[size] ?? 0) / (line[i] ?? 1));
}
