// Calls a generated client: node client.mjs DATABASE [[model, method, arguments], ...]
import { PrismaLibSql } from "@prisma/adapter-libsql";
import generated from "./generated/index.js";

const [database, calls] = process.argv.slice(2);
const adapter = new PrismaLibSql({ url: `file:${database}` });
const client = new generated.PrismaClient({ adapter });
const results = [];
for (const [model, method, options] of JSON.parse(calls)) {
  results.push(await client[model][method](options));
}
console.log(JSON.stringify(results));
await client.$disconnect();
