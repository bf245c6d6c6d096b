/** An answer that refuses, in the venue's own codes. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: string;

  constructor(status: number, code: string, message: string, details = "") {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** The nested error body that live trading returns. */
export function errorBody(error: ApiError): object {
  return { error: { code: error.code, message: error.message, details: error.details } };
}

export const notFound = (what: string): ApiError =>
  new ApiError(404, "not_found", "not found", what);

export const invalidParameters = (details: string): ApiError =>
  new ApiError(400, "invalid_parameters", "invalid parameters", details);

export const invalidOrder = (details: string): ApiError =>
  new ApiError(400, "invalid_order", "invalid order", details);
