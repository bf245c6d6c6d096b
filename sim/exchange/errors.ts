/** An answer that refuses, in the venue's own codes. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: string;
  /** Of the control side alone: what its caller can do about it. */
  readonly nextStep: string | null;

  constructor(
    status: number,
    code: string,
    message: string,
    details = "",
    nextStep: string | null = null,
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
    this.nextStep = nextStep;
  }
}

/** The nested error body that live trading returns. */
export function errorBody(error: ApiError): object {
  const { code, message, details, nextStep } = error;
  return { error: { code, message, details, ...(nextStep !== null && { next_step: nextStep }) } };
}

export const notFound = (what: string): ApiError =>
  new ApiError(404, "not_found", "not found", what);

export const invalidParameters = (details: string): ApiError =>
  new ApiError(400, "invalid_parameters", "invalid parameters", details);

export const invalidOrder = (details: string): ApiError =>
  new ApiError(400, "invalid_order", "invalid order", details);
