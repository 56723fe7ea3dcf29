interface ConstraintError {
  readonly status: 409 | 422;
  readonly code: string;
  readonly field: string;
  readonly problem: string;
}

/** The database has the last word on these rules; this table says how each one is told to the caller. */
const CONSTRAINTS: Readonly<Record<string, ConstraintError>> = {
  users_email_key: { status: 409, code: 'duplicate', field: 'email', problem: 'is taken' },
  orders_user_id_fkey: { status: 422, code: 'unknown_reference', field: 'userId', problem: 'does not exist' },
  orders_status_check: { status: 422, code: 'out_of_range', field: 'status', problem: 'is not a status of an order' },
  order_items_product_id_fkey: { status: 422, code: 'unknown_reference', field: 'productId', problem: 'does not exist' },
  order_items_quantity_check: { status: 422, code: 'out_of_range', field: 'quantity', problem: 'must be from 1 to 100' },
  products_stock_check: { status: 409, code: 'out_of_stock', field: 'quantity', problem: 'is more than there is in stock' },
};

export function toConstraintError(error: unknown): ConstraintError | undefined {
  if (!(error instanceof Error) || !('constraint' in error) || typeof error.constraint !== 'string') return undefined;
  return CONSTRAINTS[error.constraint];
}
