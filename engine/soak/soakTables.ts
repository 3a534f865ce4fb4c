// The SQL that gives the ledger its soaking objects: the table of them, and the functions that put one aside, give it back, or end it.

/**
 * `restore` is what makes again what could not be kept: constraints, an index, NOT NULL. An object that was moved keeps its
 * name in a schema of its own (`kept`), so that nothing there can collide and its indexes' names are free again;
 * `home` is the schema it came from. A renamed one has `kept` as its name.
 */
const TABLE = `
CREATE TABLE lockstep.soak (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number numeric NOT NULL,
  file text NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  home text,
  relation text,
  member text NOT NULL,
  kept text NOT NULL DEFAULT '',
  restore text[] NOT NULL DEFAULT '{}',
  reads bigint NOT NULL DEFAULT 0,
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  until timestamptz NOT NULL
);

CREATE FUNCTION lockstep.soak_refuse(what text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $refuse$
BEGIN
  RAISE EXCEPTION '%', what USING ERRCODE = 'LS003';
END $refuse$;

CREATE FUNCTION lockstep.soak_reads(relation regclass) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog AS $reads$
  SELECT coalesce((SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_all_tables WHERE relid = relation), 0)
$reads$;
`;

/** Foreign keys of the object itself would go on holding the rows that they refer to. */
const OBJECT = `
CREATE FUNCTION lockstep.soak_object(file_number numeric, file_id text, time_ms bigint, type text, class regclass, object oid)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $soak$
DECLARE
  o record;
  c record;
  soak_id bigint;
  kept_in text;
  makes text[] := '{}';
  bare text;
BEGIN
  IF object IS NULL THEN
    RETURN;
  END IF;
  SELECT i.schema, i.identity INTO o FROM pg_identify_object(class, object, 0) i;
  IF class = 'pg_class'::regclass THEN
    IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = object OR inhparent = object) THEN
      PERFORM lockstep.soak_refuse(format('%s is partitioned, a partition, or inherits', o.identity));
    END IF;
    FOR c IN SELECT k.oid, k.conname, pg_get_constraintdef(k.oid) AS def FROM pg_constraint k
      WHERE k.conrelid = object AND k.contype = 'f' AND k.confrelid <> object ORDER BY k.conname LOOP
      makes := makes || lockstep.soak_definition(o.identity, c.oid);
      EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', o.identity, c.conname);
    END LOOP;
  END IF;
  SELECT coalesce((SELECT relname FROM pg_class WHERE class = 'pg_class'::regclass AND oid = object),
    (SELECT proname FROM pg_proc WHERE class = 'pg_proc'::regclass AND oid = object),
    (SELECT typname FROM pg_type WHERE class = 'pg_type'::regclass AND oid = object)) INTO bare;
  INSERT INTO lockstep.soak (number, file, kind, name, home, member, restore, reads, until)
    VALUES (file_number, file_id, lower(type), o.identity, (SELECT nspname FROM pg_namespace WHERE quote_ident(nspname) = o.schema), bare, makes,
      CASE WHEN class = 'pg_class'::regclass THEN lockstep.soak_reads(object) ELSE 0 END,
      clock_timestamp() + time_ms * interval '1 ms') RETURNING id INTO soak_id;
  kept_in := 'lockstep_soak_' || soak_id;
  UPDATE lockstep.soak SET kept = kept_in WHERE id = soak_id;
  EXECUTE format('CREATE SCHEMA %I', kept_in);
  EXECUTE format('ALTER %s %s SET SCHEMA %I', type, o.identity, kept_in);
END $soak$;

CREATE FUNCTION lockstep.soak_definition(relation text, constraint_oid oid) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog AS $definition$
  SELECT array_remove(ARRAY[
    format('ALTER TABLE %s ADD CONSTRAINT %I %s', relation, k.conname, pg_get_constraintdef(k.oid)),
    format('COMMENT ON CONSTRAINT %I ON %s IS %L', k.conname, relation, nullif(obj_description(k.oid, 'pg_constraint'), ''))
  ], NULL) FROM pg_constraint k WHERE k.oid = constraint_oid
$definition$;
`;

/**
 * New code does not name the column, so what would refuse its rows is lifted: NOT NULL without a default, checks, foreign keys,
 * and those unique indexes in which rows without a value of their own collide. A value that is made for each row does not.
 */
const COLUMN = `
CREATE FUNCTION lockstep.soak_column(file_number numeric, file_id text, time_ms bigint, relation regclass, col text)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $soak$
DECLARE
  a pg_attribute;
  given text;
  is_own boolean;
  c record;
  makes text[] := '{}';
  soak_id bigint;
BEGIN
  SELECT * INTO a FROM pg_attribute t WHERE t.attrelid = relation AND t.attname = col AND t.attnum > 0 AND NOT t.attisdropped;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM lockstep.soak_plain(relation);
  SELECT pg_get_expr(d.adbin, d.adrelid) INTO given FROM pg_attrdef d WHERE d.adrelid = relation AND d.adnum = a.attnum;
  is_own := a.attidentity <> '' OR a.attgenerated <> '' OR coalesce(given ~ '(nextval|uuid[a-z0-9_]*|random)[(]', false);
  FOR c IN SELECT k.oid, k.conname FROM pg_constraint k
    WHERE k.conrelid = relation AND a.attnum = ANY (k.conkey) AND k.contype IN ('c', 'f') ORDER BY k.conname LOOP
    makes := makes || lockstep.soak_definition(relation::text, c.oid);
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', relation, c.conname);
  END LOOP;
  FOR c IN SELECT i.indexrelid::regclass AS index, pg_get_indexdef(i.indexrelid) AS def, k.oid AS constraint_oid, k.conname
    FROM pg_index i LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = relation AND k.contype IN ('p', 'u', 'x')
    WHERE i.indrelid = relation AND (i.indisunique OR i.indisexclusion) AND NOT is_own
      AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
        AND d.objid = i.indexrelid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = relation AND d.refobjsubid = a.attnum
        UNION ALL SELECT WHERE a.attnum = ANY (i.indkey))
      AND (given IS NOT NULL OR i.indisprimary OR i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
        OR coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false))
    ORDER BY i.indisprimary, i.indexrelid::regclass::text LOOP
    IF c.constraint_oid IS NULL THEN
      makes := makes || c.def;
      EXECUTE format('DROP INDEX %s', c.index);
    ELSE
      makes := makes || lockstep.soak_definition(relation::text, c.constraint_oid);
      EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', relation, c.conname);
    END IF;
  END LOOP;
  IF a.attnotnull AND given IS NULL AND NOT is_own THEN
    makes := coalesce((SELECT lockstep.soak_definition(relation::text, k.oid) FROM pg_constraint k
      WHERE k.conrelid = relation AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum]),
      ARRAY[format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', relation, col)]) || makes;
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', relation, col);
  END IF;
  IF given IS NULL AND NOT is_own THEN
    BEGIN
      EXECUTE format('SELECT NULL::%s', format_type(a.atttypid, a.atttypmod));
    EXCEPTION WHEN not_null_violation OR check_violation THEN
      PERFORM lockstep.soak_refuse(format('%s.%I is of a domain that takes no NULL', relation, col));
    END;
  END IF;
  soak_id := lockstep.soak_member(file_number, file_id, time_ms, 'column', relation, col, makes);
  EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', relation, col, 'lockstep_soak_' || soak_id);
END $soak$;
`;

const MEMBERS = `
CREATE FUNCTION lockstep.soak_plain(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $plain$
BEGIN
  IF EXISTS (SELECT FROM pg_class WHERE oid = relation AND relkind <> 'r') THEN
    PERFORM lockstep.soak_refuse(format('%s is no plain table', relation));
  END IF;
  IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = relation OR inhparent = relation) THEN
    PERFORM lockstep.soak_refuse(format('%s is partitioned, a partition, or inherits', relation));
  END IF;
END $plain$;

CREATE FUNCTION lockstep.soak_member(file_number numeric, file_id text, time_ms bigint, kind text, relation regclass, member text, makes text[])
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog AS $member$
DECLARE
  soak_id bigint;
BEGIN
  INSERT INTO lockstep.soak (number, file, kind, name, relation, member, restore, reads, until)
    VALUES (file_number, file_id, kind, format('%s.%I', relation, member), relation::text, member, makes, 0,
      clock_timestamp() + time_ms * interval '1 ms') RETURNING id INTO soak_id;
  UPDATE lockstep.soak SET kept = 'lockstep_soak_' || soak_id WHERE id = soak_id AND soak.kind IN ('column', 'trigger');
  RETURN soak_id;
END $member$;

CREATE FUNCTION lockstep.soak_trigger(file_number numeric, file_id text, time_ms bigint, relation regclass, trigger_name text)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $soak$
DECLARE
  t pg_trigger;
  soak_id bigint;
  makes text[] := '{}';
BEGIN
  SELECT * INTO t FROM pg_trigger g WHERE g.tgrelid = relation AND g.tgname = trigger_name AND NOT g.tgisinternal;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM lockstep.soak_plain(relation);
  IF t.tgenabled <> 'D' THEN
    makes := ARRAY[format('ALTER TABLE %s ENABLE %s TRIGGER %I', relation,
      CASE t.tgenabled WHEN 'R' THEN 'REPLICA' WHEN 'A' THEN 'ALWAYS' ELSE '' END, trigger_name)];
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', relation, trigger_name);
  END IF;
  soak_id := lockstep.soak_member(file_number, file_id, time_ms, 'trigger', relation, trigger_name, makes);
  EXECUTE format('ALTER TRIGGER %I ON %s RENAME TO %I', trigger_name, relation, 'lockstep_soak_' || soak_id);
END $soak$;

CREATE FUNCTION lockstep.soak_constraint(file_number numeric, file_id text, time_ms bigint, relation regclass, constraint_name text)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $soak$
DECLARE
  found_oid oid;
BEGIN
  SELECT k.oid INTO found_oid FROM pg_constraint k WHERE k.conrelid = relation AND k.conname = constraint_name;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM lockstep.soak_plain(relation);
  PERFORM lockstep.soak_member(file_number, file_id, time_ms, 'constraint', relation, constraint_name,
    lockstep.soak_definition(relation::text, found_oid));
  EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', relation, constraint_name);
END $soak$;

CREATE FUNCTION lockstep.soak_index(file_number numeric, file_id text, time_ms bigint, index_name regclass)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $soak$
DECLARE
  owner regclass;
  bare text;
BEGIN
  SELECT i.indrelid, c.relname INTO owner, bare FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indexrelid = index_name;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM lockstep.soak_plain(owner);
  PERFORM lockstep.soak_member(file_number, file_id, time_ms, 'index', owner, bare, array_remove(ARRAY[
    pg_get_indexdef(index_name),
    format('COMMENT ON INDEX %s IS %L', index_name, nullif(obj_description(index_name, 'pg_class'), ''))], NULL));
  EXECUTE format('DROP INDEX %s', index_name);
END $soak$;
`;

/** Of a moved routine only the oid is sure: types in its signature may be soaking as well. */
const ENDS = `
CREATE FUNCTION lockstep.soak_path(s lockstep.soak) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog AS $path$
  SELECT CASE WHEN s.kind IN ('function', 'procedure')
    THEN (SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = s.kept)
    ELSE format('%I.%I', s.kept, s.member) END
$path$;

CREATE FUNCTION lockstep.soak_give_back(soak_id bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $back$
DECLARE
  s lockstep.soak;
  command text;
BEGIN
  SELECT * INTO STRICT s FROM lockstep.soak WHERE id = soak_id FOR UPDATE;
  IF s.home IS NOT NULL THEN
    EXECUTE format('ALTER %s %s SET SCHEMA %I', s.kind, lockstep.soak_path(s), s.home);
    EXECUTE format('DROP SCHEMA %I', s.kept);
  ELSIF s.kind = 'column' THEN
    EXECUTE format('ALTER TABLE %s RENAME COLUMN %I TO %I', s.relation, s.kept, s.member);
  ELSIF s.kind = 'trigger' THEN
    EXECUTE format('ALTER TRIGGER %I ON %s RENAME TO %I', s.kept, s.relation, s.member);
  END IF;
  FOREACH command IN ARRAY s.restore LOOP
    EXECUTE command;
  END LOOP;
  DELETE FROM lockstep.soak WHERE id = soak_id;
END $back$;

CREATE FUNCTION lockstep.soak_end(soak_id bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $end$
DECLARE
  s lockstep.soak;
BEGIN
  SELECT * INTO STRICT s FROM lockstep.soak WHERE id = soak_id FOR UPDATE;
  IF s.home IS NOT NULL THEN
    EXECUTE format('DROP %s IF EXISTS %s', s.kind, coalesce(lockstep.soak_path(s), format('%I.gone()', s.kept)));
    EXECUTE format('DROP SCHEMA IF EXISTS %I', s.kept);
  ELSIF to_regclass(s.relation) IS NOT NULL AND s.kind = 'column' THEN
    EXECUTE format('ALTER TABLE %s DROP COLUMN IF EXISTS %I', s.relation, s.kept);
  ELSIF to_regclass(s.relation) IS NOT NULL AND s.kind = 'trigger' THEN
    EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', s.kept, s.relation);
  END IF;
  DELETE FROM lockstep.soak WHERE id = soak_id;
END $end$;
`;

/** Made with the ledger, and by its upgrade. */
export const SOAK = `${TABLE}${OBJECT}${COLUMN}${MEMBERS}${ENDS}`;
