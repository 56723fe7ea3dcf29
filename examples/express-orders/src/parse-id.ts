import { z } from 'zod';

const Params = z.object({ id: z.coerce.number().int().positive() });

/** The id of the path, e.g. of `/users/7`. */
export function parseId(params: unknown): number {
  return Params.parse(params).id;
}
