// Migrations in other tools' forms.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A file of dbmate; `options` end its first line. */
export const dbmateFile = (up: string, options = "") =>
  `-- migrate:up${options}\n${up}\n-- migrate:down\nselect 1;\n`;
/** A file of goose; `head` are lines before all others. */
export const gooseFile = (up: string, head = "") =>
  `${head}-- +goose Up\n-- +goose StatementBegin\n${up}-- +goose StatementEnd\n-- +goose Down\nselect 1;\n`;
/** An SQL file of node-pg-migrate. */
export const nodePgMigrateFile = (up: string) =>
  `-- Up Migration\n${up}\n-- Down Migration\nselect 1;\n`;

/** A revision of Alembic; `upgrade` is the body of its function. */
export const alembicRevision = (id: string, down: string | undefined, upgrade: string) =>
  [
    "from alembic import op",
    "import sqlalchemy as sa",
    `revision = '${id}'`,
    `down_revision = ${down === undefined ? "None" : `'${down}'`}`,
    "def upgrade():",
    ...upgrade.split("\n").map((line) => `    ${line}`),
    "def downgrade():",
    "    op.execute('select 1')",
    "",
  ].join("\n");

const ALEMBIC_ENV = `
from alembic import context
from sqlalchemy import create_engine
url = context.config.get_main_option('sqlalchemy.url')
if context.is_offline_mode():
    context.configure(url=url, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url).connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
`;

/** Makes `dir` a folder of Alembic for the database at `url`. */
export async function prepareAlembic(dir: string, url: URL): Promise<void> {
  const database = new URL(url.href);
  database.protocol = "postgresql+psycopg:";
  await mkdir(join(dir, "versions"), { recursive: true });
  const ini = `[alembic]\nscript_location = .\nsqlalchemy.url = ${database.href.replaceAll("%", "%%")}\n`;
  await writeFile(join(dir, "alembic.ini"), ini);
  await writeFile(join(dir, "env.py"), ALEMBIC_ENV);
}
