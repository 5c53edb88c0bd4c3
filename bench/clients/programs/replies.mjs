// What a client of an AI provider got: the programs of these clients print it with this module.

const [way, address, patience, ...names] = process.argv.slice(2);

export const patienceMs = 1000 * Number(patience);
export const question = "What is the weather?";
export const messages = [{ role: "user", content: question }];

const GIVE_UP_MS = 5 * patienceMs;

// Read every scenario in one way, and print a JSON line for each reply.
// usage: node PROGRAM WAY URL SECONDS NAME …
export async function printReplies(ways) {
  process.on("unhandledRejection", () => {});
  for (const name of names) {
    const got = {
      reasoning: "",
      text: "",
      refusal: "",
      tool_calls: [], // name and arguments of each call
      sources: [],
      finish: null,
    };
    const error = await ending(ways[way](`${address}/s/${name}`, got));
    console.log(JSON.stringify({ name, ...got, error }));
  }
  process.stdout.write("", () => process.exit(0)); // after the last line is written
}

// Return the name of the error, or "waits" if the client does not give up by itself.
async function ending(reading) {
  let timer;
  const waits = new Promise((resolve) => (timer = setTimeout(resolve, GIVE_UP_MS, "waits")));
  const ends = reading.then(
    () => null,
    (caught) => (caught?.name && caught.name !== "Error" ? caught.name : caught.constructor.name),
  );
  const first = await Promise.race([ends, waits]);
  clearTimeout(timer);
  return first;
}
