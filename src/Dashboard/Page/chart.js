// Curves on a canvas: axes, bands, a cursor that the mouse and the arrow keys move. Colours are told apart on light and dark, and by dashes.
import { number } from "./data.js";

const light = ["#1f5fbf", "#b3470f", "#1b6e3c", "#8b2f97", "#a3142f", "#006d77", "#6b5200", "#4b4f9e"];
const dark = ["#86b6ff", "#ffb27d", "#7fd6a0", "#e3a0ee", "#ff9aa8", "#6fd3de", "#e0c45c", "#b3b6ff"];
const dashes = [[], [6, 3], [2, 3], [9, 3, 2, 3]];
const margin = { left: 56, right: 12, top: 8, bottom: 24 };

export function colour(i) {
  return (document.documentElement.dataset.theme === "dark" ? dark : light)[i % light.length];
}

/** Round numbers across a range. */
export function ticks(low, high, most) {
  if (!(high > low)) return [low];
  const rough = (high - low) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(size => size >= rough) ?? 10 * power;
  const result = [];
  for (let i = Math.ceil(low / step); i * step <= high * (1 + 1e-12) + 1e-300 && result.length < 50; i++) result.push(i * step);
  return result;
}

/** Numbers across a logarithmic range, given by the logarithms of its ends: powers of ten, and 2 and 5 times such where there are few. */
export function logTicks(low, high, most) {
  const stride = Math.max(1, Math.ceil((high - low) / most)), factors = high - low > 2.5 ? [1] : [1, 2, 5], result = [];
  for (let power = Math.floor(low / stride) * stride; power <= high; power += stride) {
    for (const factor of factors) if (power + Math.log10(factor) >= low && power + Math.log10(factor) <= high) result.push(factor * 10 ** power);
  }
  return result.length > 1 ? result : ticks(10 ** low, 10 ** high, most);
}

export class Chart {
  /** curves: { name, colour, dash, x, y, raw?, lo?, hi? } */
  constructor(title, settings) {
    this.title = title;
    this.settings = settings;
    this.curves = [];
    this.cursor = null;
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.readout = document.createElement("p");
    this.readout.className = "readout";
    this.canvas.addEventListener("pointermove", event => this.point(event.offsetX));
    this.canvas.addEventListener("pointerleave", () => { this.cursor = null; this.draw(); });
    this.canvas.addEventListener("blur", () => { this.readout.removeAttribute("aria-live"); });
    this.canvas.addEventListener("keydown", event => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  show(curves) {
    this.curves = curves;
    this.draw();
  }

  range() {
    let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
    const log = this.settings().log;
    for (const curve of this.curves) {
      curve.x.forEach((x, i) => {
        // All that is drawn: the faint line and band of what is not smoothed, too.
        for (const y of [curve.y[i], curve.raw?.[i] ?? null, curve.lo?.[i] ?? null, curve.hi?.[i] ?? null]) {
          if (y === null || (log && y <= 0)) continue;
          x0 = Math.min(x0, x); x1 = Math.max(x1, x); y0 = Math.min(y0, y); y1 = Math.max(y1, y);
        }
      });
    }
    if (x0 > x1) return null;
    if (x0 === x1) { x0 -= 0.5; x1 += 0.5; }
    if (y0 === y1) { const pad = Math.abs(y0) * 0.1 || 1; [y0, y1] = log ? [y0 / 2, y1 * 2] : [y0 - pad, y1 + pad]; }
    if (log) { y0 = Math.log10(y0); y1 = Math.log10(y1); }
    const pad = (y1 - y0) * 0.04;
    return { x0, x1, y0: y0 - pad, y1: y1 + pad, log };
  }

  draw() {
    const { canvas } = this, ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width) return;
    canvas.width = width * ratio; canvas.height = height * ratio;
    const pen = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
    pen.scale(ratio, ratio);
    pen.font = "12px system-ui, 'DejaVu Sans', sans-serif";
    const range = this.range();
    this.describe(range);
    if (!range) { pen.fillStyle = style.getPropertyValue("--quiet"); pen.fillText("no values to show", margin.left, height / 2); return; }
    const px = x => margin.left + (x - range.x0) / (range.x1 - range.x0) * (width - margin.left - margin.right);
    const py = y => height - margin.bottom - ((range.log ? Math.log10(y) : y) - range.y0) / (range.y1 - range.y0) * (height - margin.top - margin.bottom);
    this.scale = { px, range, width };
    this.axes(pen, style, range, px, py, width, height);
    pen.save();
    pen.beginPath(); pen.rect(margin.left, 0, width - margin.left - margin.right, height - margin.bottom + 1); pen.clip();
    for (const curve of this.curves) this.curve(pen, curve, px, py, range.log);
    pen.restore();
    if (this.cursor !== null) this.mark(pen, style, px, py, height, range);
    else this.readout.textContent = "";
  }

  axes(pen, style, range, px, py, width, height) {
    pen.strokeStyle = style.getPropertyValue("--line"); pen.fillStyle = style.getPropertyValue("--quiet"); pen.lineWidth = 1;
    pen.textAlign = "right"; pen.textBaseline = "middle";
    for (const value of range.log ? logTicks(range.y0, range.y1, 5) : ticks(range.y0, range.y1, 5)) {
      const y = py(value);
      pen.beginPath(); pen.moveTo(margin.left, y); pen.lineTo(width - margin.right, y); pen.stroke();
      pen.fillText(compact(value), margin.left - 6, y);
    }
    pen.textAlign = "center"; pen.textBaseline = "top";
    for (const tick of ticks(range.x0, range.x1, Math.max(3, Math.floor(width / 90)))) {
      const x = px(tick);
      pen.beginPath(); pen.moveTo(x, height - margin.bottom); pen.lineTo(x, height - margin.bottom + 4); pen.stroke();
      pen.fillText(this.label(tick, true), Math.min(x, width - 26), height - margin.bottom + 6);
    }
  }

  curve(pen, curve, px, py, log) {
    const usable = y => y !== null && !(log && y <= 0);
    pen.strokeStyle = pen.fillStyle = curve.colour;
    if (curve.lo && curve.hi) {
      pen.globalAlpha = curve.band ? 0.18 : 0.12;
      pen.beginPath();
      curve.x.forEach((x, i) => { if (usable(curve.hi[i])) pen.lineTo(px(x), py(curve.hi[i])); });
      for (let i = curve.x.length - 1; i >= 0; i--) if (usable(curve.lo[i])) pen.lineTo(px(curve.x[i]), py(curve.lo[i]));
      pen.closePath(); pen.fill();
    }
    const line = (values, alpha, wide) => {
      pen.globalAlpha = alpha; pen.lineWidth = wide; pen.setLineDash(curve.dash);
      pen.beginPath();
      let open = false;
      curve.x.forEach((x, i) => {
        if (!usable(values[i])) { open = false; return; }
        if (open) pen.lineTo(px(x), py(values[i])); else pen.moveTo(px(x), py(values[i]));
        open = true;
      });
      pen.stroke(); pen.setLineDash([]);
      if (curve.x.length < 3) curve.x.forEach((x, i) => { if (usable(values[i])) { pen.beginPath(); pen.arc(px(x), py(values[i]), 3, 0, 7); pen.fill(); } });
    };
    if (curve.raw) line(curve.raw, 0.25, 1);
    line(curve.y, 1, 1.8);
    pen.globalAlpha = 1;
  }

  mark(pen, style, px, py, height, range) {
    const x = this.cursor;
    pen.strokeStyle = style.getPropertyValue("--quiet");
    pen.beginPath(); pen.moveTo(px(x), margin.top); pen.lineTo(px(x), height - margin.bottom); pen.stroke();
    const parts = [];
    for (const curve of this.curves) {
      const i = nearest(curve.x, x), y = curve.y[i];
      if (i < 0 || y === null || (range.log && y <= 0)) continue;
      pen.fillStyle = curve.colour;
      pen.beginPath(); pen.arc(px(curve.x[i]), py(y), 3.5, 0, 7); pen.fill();
      parts.push(`${curve.name} ${number(y)}`);
    }
    const bold = document.createElement("b");
    bold.textContent = `${this.label(x)}: `;
    this.readout.replaceChildren(bold, parts.slice(0, 8).join(" · ") + (parts.length > 8 ? ` and ${parts.length - 8} more` : ""));
  }

  /** For those who do not see the curves. */
  describe(range) {
    const ends = this.curves.filter(curve => curve.x.length).slice(0, 8)
      .map(curve => `${curve.name}: ${number(curve.y.findLast(y => y !== null))} at ${this.label(curve.x.at(-1))}`);
    this.canvas.setAttribute("aria-label", range ? `${this.title}, ${this.curves.length} curves. ${ends.join("; ")}. Arrow keys read values.` : `${this.title}, no values`);
  }

  label(x, short = false) {
    const kind = this.settings().x;
    if (kind === "wall") return new Date(x * 1000).toLocaleString("en-GB", short ? { hour: "2-digit", minute: "2-digit" } : { dateStyle: "short", timeStyle: "medium" });
    // Attacks and certificates have their budget where training has its step.
    const unit = /^(attack|certify)\//.test(this.title) ? "ε" : "step";
    return kind === "relative" ? `${number(x)} h` : short ? compact(x) : `${unit} ${Math.round(x).toLocaleString("en")}`;
  }

  point(offset) {
    if (!this.scale) return;
    const { range, width } = this.scale;
    this.cursor = Math.min(range.x1, Math.max(range.x0, range.x0 + (offset - margin.left) / (width - margin.left - margin.right) * (range.x1 - range.x0)));
    this.draw();
  }

  key(event) {
    const longest = this.curves.reduce((best, curve) => curve.x.length > (best?.x.length ?? 0) ? curve : best, null);
    if (!longest || !["ArrowLeft", "ArrowRight", "Home", "End", "Escape"].includes(event.key)) return;
    event.preventDefault();
    const at = this.cursor === null ? -1 : nearest(longest.x, this.cursor), last = longest.x.length - 1;
    const to = { ArrowLeft: at < 0 ? last : Math.max(0, at - 1), ArrowRight: at < 0 ? 0 : Math.min(last, at + 1), Home: 0, End: last }[event.key];
    this.cursor = to === undefined ? null : longest.x[to];
    this.readout.setAttribute("aria-live", "polite");
    this.draw();
  }
}

function nearest(xs, x) {
  let low = 0, high = xs.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) { const middle = (low + high) >> 1; if (xs[middle] < x) low = middle; else high = middle; }
  return Math.abs(xs[low] - x) <= Math.abs(xs[high] - x) ? low : high;
}

/** 1500000 → 1.5M */
function compact(value) {
  const size = Math.abs(value);
  if (size >= 1e4 && size < 1e12) return value.toLocaleString("en", { notation: "compact", maximumFractionDigits: 2 });
  if (size < 1e-9) return "0";
  return size !== 0 && (size < 1e-3 || size >= 1e12) ? value.toExponential(1).replace("e+", "e") : value.toLocaleString("en", { maximumFractionDigits: 3 });
}
