// Imports packages from the folder in which the program runs, because they are installed there.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const { resolve } = createRequire(`${process.cwd()}/`);

export const installed = (name) => import(pathToFileURL(resolve(name)));
