/** The shop of schema.ts in the words of MariaDB: the same tables, triggers, seed and standard test. */
export function shopSchema(tables: number): readonly string[] {
  const statements = [
    "CREATE TABLE customers (id bigint AUTO_INCREMENT PRIMARY KEY, email varchar(200) NOT NULL UNIQUE, name varchar(200) NOT NULL, orders int NOT NULL DEFAULT 0, prefs json NOT NULL DEFAULT '{}', tags text, created_at timestamp(6) NOT NULL DEFAULT current_timestamp(6))",
    'CREATE TABLE products (id bigint AUTO_INCREMENT PRIMARY KEY, sku varchar(50) NOT NULL UNIQUE, title varchar(200) NOT NULL, price decimal(12,2) NOT NULL, stock int NOT NULL CHECK (stock >= 0))',
    "CREATE TABLE orders (id bigint AUTO_INCREMENT PRIMARY KEY, customer_id bigint NOT NULL, status enum('new', 'paid', 'shipped') NOT NULL DEFAULT 'new', total decimal(12,2) NOT NULL DEFAULT 0, note text, FOREIGN KEY (customer_id) REFERENCES customers (id))",
    'CREATE TABLE items (order_id bigint, line int, product_id bigint NOT NULL, qty int NOT NULL, PRIMARY KEY (order_id, line), FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE, FOREIGN KEY (product_id) REFERENCES products (id))',
    'CREATE TABLE audit (id bigint AUTO_INCREMENT PRIMARY KEY, what text NOT NULL, at timestamp(6) NOT NULL DEFAULT current_timestamp(6))',
    ...['INSERT', 'UPDATE', 'DELETE'].map(
      (event) =>
        `CREATE TRIGGER audit_${event} AFTER ${event} ON orders FOR EACH ROW INSERT INTO audit (what) VALUES ('${event}')`,
    ),
  ];
  for (let number = 5; number < tables; number++) {
    const parent = number < 7 ? 'customers' : genericName(Math.floor(number / 2) + 2);
    statements.push(
      `CREATE TABLE ${genericName(number)} (id bigint AUTO_INCREMENT PRIMARY KEY, parent_id bigint, name varchar(200) NOT NULL, data json, created_at timestamp(6) NOT NULL DEFAULT current_timestamp(6), KEY (name), FOREIGN KEY (parent_id) REFERENCES ${parent} (id))`,
    );
  }
  return statements;
}

export function shopSeed(rows: number): readonly string[] {
  const unit = rows / 2000;
  const count = (base: number) => Math.round(base * unit);
  const series = (base: number) => `seq_1_to_${count(base)}`;
  return [
    `INSERT INTO customers (email, name, prefs, tags) SELECT concat('c', seq, '@shop.test'), concat('Customer ', seq), '{"theme": "dark"}', 'a,b' FROM ${series(300)}`,
    `INSERT INTO products (sku, title, price, stock) SELECT concat('SKU', seq), concat('Product ', seq), seq % 90 + 9.99, 1000 FROM ${series(200)}`,
    `INSERT INTO orders (customer_id, total, note) SELECT 1 + seq % ${count(300)}, seq, repeat('n', 20) FROM ${series(500)}`,
    `INSERT INTO items SELECT 1 + (seq - 1) % ${count(500)}, 1 + floor((seq - 1) / ${count(500)}), 1 + seq % ${count(200)}, 1 FROM ${series(690)}`,
    ...Array.from(
      { length: 10 },
      (_, i) => `INSERT INTO ${genericName(i + 6)} (name, data) SELECT concat('n', seq), '{"k": [1, 2, 3]}' FROM ${series(31)}`,
    ),
  ];
}

function genericName(number: number): string {
  return `t${String(number).padStart(3, '0')}`;
}

/** 5 inserts, 2 updates, 1 delete in 4 tables, 3 commits (triggers touch a fifth). */
export const STANDARD_TEST: readonly string[] = [
  "BEGIN; INSERT INTO customers (email, name) VALUES ('new@shop.test', 'N'); INSERT INTO orders (customer_id, total) VALUES (1, 10); COMMIT",
  "BEGIN; INSERT INTO items VALUES (1, 901, 1, 2), (1, 902, 2, 2); UPDATE products SET stock = stock - 2 WHERE id = 1; INSERT INTO customers (email, name) VALUES ('b@shop.test', 'x'); COMMIT",
  "BEGIN; UPDATE orders SET status = 'paid' WHERE id = 7; DELETE FROM items WHERE order_id = 9 AND line = 1; COMMIT",
];
