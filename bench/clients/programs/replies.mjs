// What a client of an AI provider got: the programs of these clients print it with this module.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, address, patience, ...names] = process.argv.slice(2);
const { resolve } = createRequire(`${folder}/`);

export const patienceMs = 1000 * Number(patience);

// Import a package from the folder in which it is installed.
export const installed = (name) => import(pathToFileURL(resolve(name)));

// Read every scenario in every way, and print a JSON line for each reply.
// usage: node PROGRAM FOLDER URL SECONDS NAME …
export async function printReplies(ways) {
  process.on("unhandledRejection", () => {});
  for (const name of names) {
    for (const [way, read] of Object.entries(ways)) {
      const got = {
        text: "",
        reasoning: "",
        refusal: "",
        tool_calls: [], // ID, name and arguments of each call
        sources: [],
        finish: null,
        usage: null, // tokens of the input and of the output
      };
      let error = null;
      try {
        await read(`${address}/s/${name}`, got);
      } catch (caught) {
        error = [caught.constructor.name, caught.message];
      }
      console.log(JSON.stringify({ name, way, ...got, error }));
    }
  }
  process.stdout.write("", () => process.exit(0)); // after the last line is written
}
