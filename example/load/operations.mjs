// The requests that the load is made of, and what each answer means for the journal.

/**
 * @typedef {object} Run
 * @property {import("./client.mjs").Client} client
 * @property {import("./journal.mjs").Journal} journal
 * @property {(result: import("./client.mjs").Result) => void} onResult
 * @property {string} name keeps the addresses of several runs apart
 */

/**
 * Does the nth operation: of ten, three create, four update, three read.
 *
 * @param {Run} run
 * @param {number} ordinal from 0
 */
export async function runOperation(run, ordinal) {
  const kind = "curucruurr"[ordinal % 10];
  const customer = kind === "c" ? undefined : run.journal.take();
  // All customers are busy, or there are none yet.
  if (customer === undefined) return create(run, ordinal);
  return kind === "u" ? update(run, ordinal, customer) : read(run, customer);
}

/**
 * @param {Run} run
 * @param {number} ordinal
 */
async function create({ client, journal, onResult, name }, ordinal) {
  const wanted = { email: `${name}-${ordinal}@example.test`, phone: phoneFor(ordinal) };
  const body = { name: `Load ${ordinal}`, ...wanted };
  const result = await client.send({ method: "POST", path: "/customers", body });
  onResult(result);
  if (result.outcome === "answered" && result.status === 201) {
    const id = /** @type {number} */ (result.body?.id);
    journal.acknowledge("create", { id, ...wanted }, result.body);
  } else if (isOpen(result)) {
    journal.doubt({ operation: "create", old: null, new: { id: null, ...wanted } });
  }
}

/**
 * @param {Run} run
 * @param {number} ordinal
 * @param {import("./journal.mjs").Value} old
 */
async function update({ client, journal, onResult, name }, ordinal, old) {
  const email = ordinal % 5 === 0 ? { email: `${name}-${ordinal}@example.test` } : {};
  const change = { ...email, phone: phoneFor(ordinal) };
  const result = await client.send({ method: "PATCH", path: `/customers/${old.id}`, body: change });
  onResult(result);
  const wanted = { ...old, ...change };
  if (result.outcome === "answered" && result.status === 200) {
    journal.acknowledge("update", wanted, result.body);
  } else if (isOpen(result)) {
    journal.doubt({ operation: "update", old, new: wanted });
  } else {
    journal.giveBack(old);
  }
}

/**
 * @param {Run} run
 * @param {import("./journal.mjs").Value} customer
 */
async function read({ client, journal, onResult }, customer) {
  const result = await client.send({ method: "GET", path: `/customers/${customer.id}` });
  onResult(result);
  if (result.outcome === "answered" && (result.status === 200 || result.status === 404)) {
    journal.compare("read", customer, result.body);
  }
  journal.giveBack(customer);
}

/**
 * Whether the write may have happened: no answer, or one that the server gave in trouble.
 *
 * @param {import("./client.mjs").Result} result
 */
function isOpen(result) {
  return result.outcome === "lost" || (result.outcome === "answered" && result.status >= 500);
}

/**
 * A number of its own for each write, so that a lost one shows; now and then none.
 *
 * @param {number} ordinal
 */
function phoneFor(ordinal) {
  return ordinal % 11 === 0 ? null : `+49 30 ${String(ordinal).padStart(7, "0")}`;
}
