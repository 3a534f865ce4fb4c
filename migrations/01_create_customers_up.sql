-- Customer Vault 1.0: one row for each customer.

CREATE TABLE customers (
    -- ALWAYS: an id that a client made up would sooner or later meet one from the sequence.
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL CHECK (name <> ''),
    email      text NOT NULL UNIQUE,
    -- As the customer wrote it. Null: gave none.
    phone      text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
