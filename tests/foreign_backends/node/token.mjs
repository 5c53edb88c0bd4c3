// Prints a token for the user of the command line, as the backend's own sign-in would give it.
import { sign } from "hono/jwt"

console.log(await sign({ sub: process.argv[2] }, process.env.JWT_SECRET ?? "secret", "HS256"))
