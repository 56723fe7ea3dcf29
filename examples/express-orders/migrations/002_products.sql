CREATE TABLE products (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sku         text NOT NULL CONSTRAINT products_sku_key UNIQUE,
  name        text NOT NULL,
  price_cents integer NOT NULL CONSTRAINT products_price_check CHECK (price_cents >= 0),
  stock       integer NOT NULL CONSTRAINT products_stock_check CHECK (stock >= 0)
);
