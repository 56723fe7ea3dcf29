import { z } from 'zod';

export interface Order {
  readonly id: number;
  readonly userId: number;
  readonly status: string;
  /** Goes up by one with each change; a change must name the version that it was made from. */
  readonly version: number;
  readonly totalCents: number;
  readonly items: readonly OrderItem[];
}

export interface OrderItem {
  readonly productId: number;
  readonly product: string;
  readonly quantity: number;
  readonly priceCents: number;
}

// Which users and products exist, how many of one are allowed and what is in stock are rules of the database.
const item = z.object({ productId: z.int(), quantity: z.int32() });
export const NewOrder = z.object({ userId: z.int(), items: z.array(item).min(1) });
export type NewOrder = z.infer<typeof NewOrder>;

export const StatusChange = z.object({ status: z.string(), version: z.int32() });
export type StatusChange = z.infer<typeof StatusChange>;
