// The trigger that keeps an old and a new column in step, whichever of the two a version writes.
import type { Conversion } from "./conversion.ts";
import type { Quote } from "./names.ts";

/** What the trigger is made of. */
export interface SyncTrigger {
  /** Table, trigger and function as SQL has them. */
  readonly table: string;
  readonly trigger: string;
  readonly function: string;
  readonly from: string;
  readonly to: { readonly name: string; readonly type: string };
  /** Undefined for a rename. */
  readonly conversion: Conversion;
  readonly isRename: boolean;
  readonly quote: Quote;
}

/** The statements that make function and trigger. */
export function syncTriggerSql(sync: SyncTrigger): string {
  const { quote, from, to, conversion, isRename } = sync;
  const row = (which: "NEW" | "OLD") => (name: string) => `${which}.${quote(name)}`;
  const [newFrom, newTo] = [row("NEW")(from), row("NEW")(to.name)];
  const forth = conversion.forth.render(row("NEW"));
  const back = conversion.back.render(row("NEW"));
  const read = conversion.forth.columns;
  const compared = isRename ? newFrom : `(${forth})::${to.type}`;
  return `-- The fixed search_path keeps an operator or type in somebody's own schema from being picked up here.
CREATE FUNCTION ${sync.function}() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog${isRename ? "" : ", public"}, pg_temp
AS $sync$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- The column that the writing version does not know is null or has its default. Both given: the new one counts.
        IF ${newTo} IS NULL THEN
            ${newTo} := ${forth};
        ELSE
            ${newFrom} := ${back};
        END IF;
    ELSIF ${recordsDiffer([newTo], [row("OLD")(to.name)])} THEN
        -- Written by the new version, or by the backfill, which the old column agrees with already.
        IF ${recordsDiffer([newTo], [compared])} THEN
            ${newFrom} := ${back};
        END IF;
    ELSIF ${newTo} IS NULL OR ${recordsDiffer(read.map(row("NEW")), read.map(row("OLD")))} THEN
        -- Written by the old version, or a row from before this trigger.
        ${newTo} := ${forth};
    END IF;
    RETURN NEW;
END
$sync$;

-- Triggers fire in the order of their names: this one last, so that it sees what the others did. Before, in the same row version:
-- no reader ever sees the columns differ.
CREATE TRIGGER ${sync.trigger}
    BEFORE INSERT OR UPDATE ON ${sync.table}
    FOR EACH ROW EXECUTE FUNCTION ${sync.function}();`;
}

/** The statements that take both away. */
export function dropSyncTriggerSql(sync: SyncTrigger): string {
  return `DROP TRIGGER ${sync.trigger} ON ${sync.table};\nDROP FUNCTION ${sync.function}();`;
}

/**
 * Whether values differ, as SQL. As records, by their bytes: a type need not have an equality, and where it has one it may hold
 * different values for equal (citext).
 */
export function recordsDiffer(a: readonly string[], b: readonly string[]): string {
  return `ROW(${a.join(", ")})::record *<> ROW(${b.join(", ")})::record`;
}
