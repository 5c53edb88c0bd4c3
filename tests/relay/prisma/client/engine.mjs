// Asks Prisma's schema engine for the SQL from one state to the schema:
// node engine.mjs empty|FILE|URL [external table, ...]
import { readFileSync } from "node:fs";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import { PrismaPgWithCatalogues } from "./catalogue_adapter.mjs";
import * as bindings from "./node_modules/@prisma/schema-engine-wasm/schema_engine_bg.js";

const [from, ...externalTables] = process.argv.slice(2);
const wasm = readFileSync("node_modules/@prisma/schema-engine-wasm/schema_engine_bg.wasm");
const { instance } = await WebAssembly.instantiate(wasm, {
  "./schema_engine_bg.js": bindings,
});
bindings.__wbg_set_wasm(instance.exports);
instance.exports.__wbindgen_start();

const content = readFileSync("schema.prisma", "utf8");
const files = [{ path: "schema.prisma", content }];
const adapter = from.startsWith("postgresql:")
  ? new PrismaPgWithCatalogues({ connectionString: from, allowExitOnIdle: true })
  : new PrismaLibSql({ url: from === "empty" ? ":memory:" : `file:${from}` });
const engine = await bindings.SchemaEngine.new(
  { datamodels: [["schema.prisma", content]], datasource: {} },
  () => {},
  bindMigrationAwareSqlAdapterFactory(adapter),
);
const difference = await engine.diff({
  from: from === "empty" ? { tag: "empty" } : { tag: "schemaDatasource", configDir: ".", files },
  to: { tag: "schemaDatamodel", files },
  script: true,
  shadowDatabaseUrl: null,
  exitCode: null,
  filters: { externalTables, externalEnums: [] },
});
console.log(difference.stdout);
