// Checks what clients send, before any of it reaches the database.

import { HttpError } from "./http.mjs";

/** @typedef {{ name: string, email: string, phone: string | null }} CustomerInput */

/**
 * @type {{ [Field in keyof CustomerInput]: { isValid: (value: unknown) => boolean, expected: string } }}
 */
const fields = {
  name: { isValid: (value) => isText(value, 200), expected: "a text of 1 to 200 characters" },
  email: {
    isValid: (value) => isText(value, 254) && /^[^\s@]+@[^\s@]+$/.test(value),
    expected: "an address such as ada@example.com, of at most 254 characters",
  },
  phone: {
    isValid: (value) => value === null || isText(value, 50),
    expected: "a text of 1 to 50 characters, or null",
  },
};

/**
 * @param {unknown} body
 * @returns {CustomerInput} the phone is null where none was given
 * @throws {HttpError} 400
 */
export function parseNewCustomer(body) {
  const { name, email, phone = null } = parseFields(body);
  if (name === undefined) throw new HttpError(400, "The field name is missing.");
  if (email === undefined) throw new HttpError(400, "The field email is missing.");
  return { name, email, phone };
}

/**
 * @param {unknown} body
 * @returns {Partial<CustomerInput>} at least one field
 * @throws {HttpError} 400
 */
export function parseCustomerChange(body) {
  const change = parseFields(body);
  if (Object.keys(change).length === 0) {
    throw new HttpError(400, `Give at least one of ${Object.keys(fields).join(", ")}.`);
  }
  return change;
}

/**
 * @param {string} text as it stands in the path
 * @returns {number}
 * @throws {HttpError} 400
 */
export function parseId(text) {
  return parseWhole(text, { what: "id", min: 1, max: Number.MAX_SAFE_INTEGER });
}

/**
 * @param {URLSearchParams} query
 * @returns {{ after: number, limit: number }} 50 customers from the first where nothing else is asked
 * @throws {HttpError} 400
 */
export function parsePage(query) {
  for (const key of query.keys()) {
    if (key !== "after" && key !== "limit")
      throw new HttpError(400, `Unknown parameter ${quote(key)}.`);
    if (query.getAll(key).length > 1)
      throw new HttpError(400, `The parameter ${key} is given twice.`);
  }
  return {
    after: parseWhole(query.get("after") ?? "0", {
      what: "after",
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
    }),
    limit: parseWhole(query.get("limit") ?? "50", { what: "limit", min: 1, max: 500 }),
  };
}

/**
 * @param {unknown} body
 * @returns {Partial<CustomerInput>}
 */
function parseFields(body) {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new HttpError(400, "Expected a JSON object.");
  }
  for (const [key, value] of Object.entries(body)) {
    const field = Object.hasOwn(fields, key)
      ? fields[/** @type {keyof CustomerInput} */ (key)]
      : undefined;
    if (field === undefined) {
      throw new HttpError(
        400,
        `Unknown field ${quote(key)}. A customer has ${Object.keys(fields).join(", ")}.`,
      );
    }
    if (!field.isValid(value)) throw new HttpError(400, `Expected ${key} to be ${field.expected}.`);
  }
  return body;
}

/**
 * Control characters have no business in any field, NUL and lone surrogates cannot be stored at all.
 *
 * @param {unknown} value
 * @param {number} maxLength
 * @returns {value is string}
 */
function isText(value, maxLength) {
  return (
    typeof value === "string" &&
    value.trim() !== "" &&
    value.length <= maxLength &&
    !/[\p{Cc}\p{Cs}]/u.test(value)
  );
}

/**
 * @param {string} text
 * @param {{ what: string, min: number, max: number }} bounds
 */
function parseWhole(text, { what, min, max }) {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) {
    throw new HttpError(400, `Expected ${what} to be a whole number from ${min} to ${max}.`);
  }
  return value;
}

/** @param {string} text */
function quote(text) {
  return JSON.stringify(text.slice(0, 40));
}
