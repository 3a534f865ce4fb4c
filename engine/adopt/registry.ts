// The tools' histories by name.
import { flywayHistory } from "./flywayHistory.ts";
import { alembicHistory, golangMigrateHistory } from "./pointHistories.ts";
import { prismaHistory } from "./prismaHistory.ts";
import {
  dbmateHistory,
  dieselHistory,
  gooseHistory,
  nodePgMigrateHistory,
} from "./setHistories.ts";
import type { ToolHistory, ToolName } from "./toolHistory.ts";

/** How each tool keeps its history. */
export const HISTORIES: Readonly<Record<ToolName, ToolHistory>> = {
  "golang-migrate": golangMigrateHistory,
  dbmate: dbmateHistory,
  goose: gooseHistory,
  flyway: flywayHistory,
  prisma: prismaHistory,
  "node-pg-migrate": nodePgMigrateHistory,
  diesel: dieselHistory,
  alembic: alembicHistory,
};
