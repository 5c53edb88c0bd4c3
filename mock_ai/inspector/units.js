/** Numbers as both pages show them: counts, times and sizes. */

/** A number with its noun, in the singular or plural. */
export function count(number, word) {
  return `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`
}

/** A time in a readable unit. */
export function time(ms) {
  if (Math.abs(ms) >= 60_000) return `${(ms / 60_000).toFixed(1)} min`
  if (Math.abs(ms) >= 1000) return `${+(ms / 1000).toFixed(2)} s`
  return `${+ms.toFixed(Math.abs(ms) < 10 ? 1 : 0)} ms`
}

/** A time in a readable unit, with as many decimals as its neighbours in a list. */
export function listTime(ms) {
  return Math.abs(ms) >= 1000 && Math.abs(ms) < 60_000 ? `${(ms / 1000).toFixed(2)} s` : time(ms)
}

/** A number of bytes in a readable unit. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
