/** SVG paths for times: at most one mark per pixel, taller where several times share a pixel. */

const LOWEST = 0.65
const MANY = 4

/** A linear scale from milliseconds to pixels, and back. */
export function scale([from, to], width) {
  const perPixel = (to - from || 1) / width
  return { from, to, width, x: (ms) => (ms - from) / perPixel, ms: (x) => from + x * perPixel }
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

/** The path of time spans as boxes; spans that touch or share a pixel become one box. */
export function spansPath(spans, { x, width }, top, height) {
  const boxes = []
  for (const { from, to } of spans) {
    const left = Math.max(0, Math.floor(x(from)))
    const right = Math.min(width, Math.max(Math.ceil(x(to)), left + 1))
    const last = boxes.at(-1)
    if (right < 0 || left > width) continue
    if (last && left <= last[1]) last[1] = Math.max(last[1], right)
    else boxes.push([left, right])
  }
  return boxes.map(([left, right]) => `M${left} ${top}H${right}v${height}H${left}z`).join("")
}

/** The labels of an axis as `{ at, text }`: round steps, about one per `spacing` pixels. */
export function ticks({ from, to, width }, spacing = 90) {
  const rough = ((to - from || 1) * spacing) / Math.max(width, 1)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power
  const first = Math.ceil(from / step)
  const found = []
  for (let at = first; at * step <= to; at += 1) found.push({ at: at * step, text: tickText(at * step, step) })
  return found
}

/** A time with as many decimals as the step of the axis needs. */
function tickText(ms, step) {
  const [unit, factor] = step >= 60_000 ? ["min", 60_000] : step >= 100 || Math.abs(ms) >= 10_000 ? ["s", 1000] : ["ms", 1]
  const decimals = Math.max(0, -Math.floor(Math.log10(step / factor) + 1e-9))
  return ms === 0 ? "0" : `${(ms / factor).toFixed(Math.min(decimals, 6))} ${unit}`
}
