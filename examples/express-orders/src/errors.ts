import type { NextFunction, Request, Response } from 'express';
import { ZodError } from 'zod';
import { toConstraintError } from './constraint-errors.ts';

/** An answer other than success: `fields` maps the name of a field to what is wrong with it. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: Readonly<Record<string, string>>;

  constructor(status: number, code: string, fields: Readonly<Record<string, string>> = {}) {
    super(code);
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

/** The last middleware: every error leaves as `{ error: { code, fields } }`. */
export function sendError(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
  const known = toHttpError(error);
  if (known.status === 500) console.error(error);
  response.status(known.status).json({ error: { code: known.code, fields: known.fields } });
}

function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof ZodError) {
    const fields = error.issues.map((issue) => [issue.path.join('.') || 'body', issue.message] as const);
    return new HttpError(400, 'validation_failed', Object.fromEntries(fields));
  }
  const constraint = toConstraintError(error);
  if (constraint) return new HttpError(constraint.status, constraint.code, { [constraint.field]: constraint.problem });
  if (error instanceof SyntaxError && 'body' in error) return new HttpError(400, 'malformed_json');
  return new HttpError(500, 'internal_error');
}
