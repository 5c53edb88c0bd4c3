// Calls a generated client: node client.mjs FILE|URL [[model, method, arguments], ...]
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { PrismaPg } from "@prisma/adapter-pg";
import generated from "./generated/index.js";

const [database, calls] = process.argv.slice(2);
const adapter = database.startsWith("postgresql:")
  ? new PrismaPg({ connectionString: database })
  : new PrismaLibSql({ url: `file:${database}` });
const client = new generated.PrismaClient({ adapter });
const results = [];
for (const [model, method, options] of JSON.parse(calls)) {
  results.push(await client[model][method](options));
}
console.log(JSON.stringify(results));
await client.$disconnect();
