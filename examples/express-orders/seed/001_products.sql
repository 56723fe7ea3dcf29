INSERT INTO products (sku, name, price_cents, stock) VALUES
  ('ROPE-10', 'Rope, 10 m', 1250, 1000000),
  ('LAMP-1', 'Storm lamp', 3999, 1000000),
  ('ANCHOR-5', 'Anchor, 5 kg', 8900, 1000000);
