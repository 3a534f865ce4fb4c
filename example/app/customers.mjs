// The customers in the database, reached by the queries of one release.

import pg from "pg";
import { HttpError } from "./http.mjs";

/** @typedef {import("./validation.mjs").CustomerInput} CustomerInput */
/** @typedef {{ id: number, name: string, email: string, phone: string | null, createdAt: string }} Customer */

const uniqueViolation = "23505";

/** Reads and writes customers. Every method passes on what the database throws. */
export class Customers {
  #pool;
  #queries;

  /**
   * @param {pg.Pool} pool
   * @param {import("./release.mjs").Queries} queries
   */
  constructor(pool, queries) {
    this.#pool = pool;
    this.#queries = queries;
  }

  /**
   * @param {CustomerInput} customer
   * @returns {Promise<Customer>}
   * @throws {HttpError} 409 when the address is taken
   */
  async create({ name, email, phone }) {
    const [customer] = await this.#run(this.#queries.insert, [name, email, phone]);
    if (customer === undefined) throw new Error("The insert returned no row.");
    return customer;
  }

  /** @param {number} id */
  async get(id) {
    return ensureFound(await this.#run(this.#queries.get, [id]), id);
  }

  /**
   * @param {{ after: number, limit: number }} page
   * @returns {Promise<Customer[]>} by id
   */
  async list({ after, limit }) {
    return this.#run(this.#queries.list, [after, limit]);
  }

  /**
   * @param {number} id
   * @param {Partial<CustomerInput>} change
   * @throws {HttpError} 404, or 409 when the address is taken
   */
  async update(id, { name, email, phone }) {
    const values = [id, name ?? null, email ?? null, phone !== undefined, phone ?? null];
    return ensureFound(await this.#run(this.#queries.update, values), id);
  }

  /** @param {number} id */
  async remove(id) {
    const { rowCount } = await this.#pool.query(this.#queries.remove, [id]);
    if (rowCount === 0) throw notFound(id);
  }

  /**
   * @param {string} sql
   * @param {unknown[]} values
   * @returns {Promise<Customer[]>}
   */
  async #run(sql, values) {
    try {
      const { rows } = await this.#pool.query(sql, values);
      return rows.map(({ id, name, email, phone, created_at }) => ({
        // A bigint arrives as text. Ids count up from 1, so they stay exact as numbers.
        id: Number(id),
        name,
        email,
        phone,
        createdAt: created_at.toISOString(),
      }));
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === uniqueViolation) {
        throw new HttpError(409, "Another customer has this email.");
      }
      throw error;
    }
  }
}

/**
 * @param {Customer[]} rows
 * @param {number} id
 */
function ensureFound([customer], id) {
  if (customer === undefined) throw notFound(id);
  return customer;
}

/** @param {number} id */
function notFound(id) {
  return new HttpError(404, `There is no customer ${id}.`);
}
