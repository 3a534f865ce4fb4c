// What a query needs: a client, or whatever puts a client's queries in order.
import type { QueryResult, QueryResultRow } from "pg";

/** Sends one query at a time; every `pg` client is one. */
export interface Queryable {
  query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<QueryResult<Row>>;
}
