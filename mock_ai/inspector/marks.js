/** SVG paths for times: at most one mark per pixel, taller where several times share a pixel. */

const LOWEST = 0.65
const MANY = 4

/** A linear scale from milliseconds to pixels, and back. */
export function scale([from, to], width) {
  const perPixel = (to - from || 1) / width
  return { x: (ms) => (ms - from) / perPixel, ms: (x) => from + x * perPixel, width }
}

/** The path of the marks of one lane; `times` need not be sorted. */
export function marksPath(times, { x, width }, top, height) {
  const counts = new Uint32Array(Math.ceil(width) + 1)
  let most = MANY
  for (const time of times) {
    const at = Math.round(x(time))
    if (at < 0 || at >= counts.length) continue
    counts[at] += 1
    if (counts[at] > most) most = counts[at]
  }
  const path = []
  counts.forEach((count, at) => {
    if (!count) return
    const share = LOWEST + (1 - LOWEST) * (Math.log(count) / Math.log(most))
    path.push(`M${at + 0.5} ${top + height}v${(-height * share).toFixed(1)}`)
  })
  return path.join("")
}

/** The gaps longer than a threshold between sorted times, as `[from, to]`. */
export function gaps(times, threshold) {
  const found = []
  for (let at = 1; at < times.length; at += 1) {
    if (times[at] - times[at - 1] > threshold) found.push([times[at - 1], times[at]])
  }
  return found
}

/** The path of time spans as boxes; spans that touch or share a pixel become one box. */
export function spansPath(spans, { x, width }, top, height) {
  const boxes = []
  for (const [from, to] of spans) {
    const left = Math.max(0, Math.floor(x(from)))
    const right = Math.min(width, Math.max(Math.ceil(x(to)), left + 1))
    const last = boxes.at(-1)
    if (right < 0 || left > width) continue
    if (last && left <= last[1]) last[1] = Math.max(last[1], right)
    else boxes.push([left, right])
  }
  return boxes.map(([left, right]) => `M${left} ${top}H${right}v${height}H${left}z`).join("")
}

/** The times of the labels of an axis: round steps, about one per `spacing` pixels. */
export function ticks([from, to], width, spacing = 90) {
  const rough = ((to - from || 1) * spacing) / Math.max(width, 1)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power
  const found = []
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at)
  return found
}

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
