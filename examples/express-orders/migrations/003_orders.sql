CREATE TABLE orders (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id    bigint NOT NULL CONSTRAINT orders_user_id_fkey REFERENCES users ON DELETE CASCADE,
  status     text NOT NULL DEFAULT 'open'
             CONSTRAINT orders_status_check CHECK (status IN ('open', 'paid', 'shipped', 'cancelled')),
  version    integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_user_id_idx ON orders (user_id);

CREATE TABLE order_items (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id    bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
  product_id  bigint NOT NULL CONSTRAINT order_items_product_id_fkey REFERENCES products,
  quantity    integer NOT NULL CONSTRAINT order_items_quantity_check CHECK (quantity BETWEEN 1 AND 100),
  price_cents integer NOT NULL
);
CREATE INDEX order_items_order_id_idx ON order_items (order_id);
