// Gets the tools that lockstep is compared with, once, into the cache: what is compared are the tools themselves.
import { access, mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "lockstep", "foreign");

/** Something to run. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

const GO = {
  goose: {
    module: "github.com/pressly/goose/v3/cmd/goose@v3.29.0",
    tags: "no_clickhouse no_libsql no_mssql no_mysql no_sqlite3 no_vertica no_ydb",
  },
  // A local store that speaks S3.
  gofakes3: { module: "github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0", tags: "" },
  migrate: { module: "github.com/golang-migrate/migrate/v4/cmd/migrate@v4.20.1", tags: "postgres" },
} as const;

/** A tool in Go, built where it is not there yet (about a minute). */
export async function goTool(name: keyof typeof GO): Promise<Program> {
  const bin = join(CACHE, "bin");
  const command = join(bin, name);
  if (!(await isThere(command))) {
    const { module, tags } = GO[name];
    await execa("go", ["install", "-p", "1", "-tags", tags, module], { env: { GOBIN: bin } });
  }
  return { command, args: [] };
}

/** Installed together, since npm takes away what it is not told of. */
const NPM = ["dbmate@2.36.0", "node-pg-migrate@9.0.0", "graphile-migrate@1.4.1", "pg@8"];

/** A tool from npm. */
export async function npmTool(
  name: "dbmate" | "node-pg-migrate" | "graphile-migrate",
): Promise<Program> {
  const dir = join(CACHE, "npm");
  const command = join(dir, "node_modules", ".bin", name);
  if (!(await isThere(command))) {
    await mkdir(dir, { recursive: true });
    await execa("npm", ["install", "--prefix", dir, "--no-save", ...NPM]);
  }
  return { command, args: [] };
}

/** dbmate's own program without npm's start of it, which takes Node's time to start; npm's where it lies elsewhere. */
export async function dbmateProgram(): Promise<Program> {
  const npm = await npmTool("dbmate");
  const arch = process.arch === "x64" ? "x64" : "arm64";
  const own = join(CACHE, "npm", "node_modules", "@dbmate", `linux-${arch}`, "bin", "dbmate");
  return (await isThere(own)) ? { command: own, args: [] } : npm;
}

/** Alembic in a virtual environment of its own. */
export async function alembicTool(): Promise<Program> {
  const dir = join(CACHE, "venv");
  const command = join(dir, "bin", "alembic");
  if (!(await isThere(command))) {
    await execa("python3", ["-m", "venv", dir]);
    await execa(join(dir, "bin", "pip"), ["install", "alembic", "psycopg[binary]"]);
  }
  return { command, args: [] };
}

/** Flyway's command line, from Maven's packages. */
export async function flywayTool(): Promise<Program> {
  const dir = join(CACHE, "flyway");
  if (!(await isThere(join(dir, "flyway-commandline-10.20.1.jar")))) await fetchFlyway(dir);
  return { command: "java", args: ["-cp", join(dir, "*"), "org.flywaydb.commandline.Main"] };
}

async function fetchFlyway(dir: string): Promise<void> {
  const dependency = (group: string, artifact: string, version: string) =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>lockstep</groupId><artifactId>flyway</artifactId><version>1</version><dependencies>
${dependency("org.flywaydb", "flyway-commandline", "10.20.1")}
${dependency("org.flywaydb", "flyway-database-postgresql", "10.20.1")}
${dependency("com.fasterxml.jackson.dataformat", "jackson-dataformat-xml", "2.15.2")}
${dependency("org.postgresql", "postgresql", "42.7.4")}
</dependencies></project>`;
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, "pom.xml"), pom);
  const args = ["-q", "dependency:copy-dependencies", `-DoutputDirectory=${dir}`];
  await execa("mvn", args, { cwd: dir });
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
