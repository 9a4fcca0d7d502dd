// What the server is asked, and what is made of its answers before it is drawn.

export async function get(path) {
  const answer = await fetch(path, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

/** Asks a run to stop or to write a checkpoint. The token is in this page, which no other site can read. */
export async function ask(what, run) {
  const token = document.querySelector("meta[name=token]").content;
  const answer = await fetch(`/api/${what}?run=${run}`, { method: "POST", headers: { "X-RL-Token": token }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(await answer.text());
}

/** Exponential moving average without the pull of its start (as TensorBoard's); gaps stay gaps. */
export function smooth(values, weight) {
  if (weight <= 0) return values;
  let last = 0, count = 0;
  return values.map(value => {
    if (value === null) return null;
    last = last * weight + (1 - weight) * value;
    count++;
    return last / (1 - weight ** count);
  });
}

/** x of a curve: steps, hours since its first point, or the time of day. */
export function abscissa(series, kind) {
  if (kind === "step") return series.x;
  const first = series.t[0] ?? 0;
  return kind === "relative" ? series.t.map(time => (time - first) / 3600) : series.t;
}

/** The mean of several curves and one standard deviation around it, where at least one of them has values; linear between points. */
export function band(curves) {
  const xs = [...new Set(curves.flatMap(curve => curve.x))].sort((a, b) => a - b);
  const stride = Math.max(1, Math.ceil(xs.length / 500));
  const result = { x: [], y: [], lo: [], hi: [] };
  const places = curves.map(() => 0);
  xs.forEach((x, i) => {
    if (i % stride && i !== xs.length - 1) return;
    const values = [];
    curves.forEach((curve, c) => {
      const n = curve.x.length;
      if (!n || x < curve.x[0] || x > curve.x[n - 1]) return;
      while (places[c] < n - 2 && curve.x[places[c] + 1] < x) places[c]++;
      const a = places[c], b = Math.min(a + 1, n - 1);
      const share = curve.x[b] > curve.x[a] ? Math.min(1, Math.max(0, (x - curve.x[a]) / (curve.x[b] - curve.x[a]))) : 0;
      if (curve.y[a] !== null && curve.y[b] !== null) values.push(curve.y[a] + share * (curve.y[b] - curve.y[a]));
    });
    if (!values.length) return;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    result.x.push(x); result.y.push(mean); result.lo.push(mean - spread); result.hi.push(mean + spread);
  });
  return result;
}

/** 12345.678 → 12,346; 0.00001234 → 1.23e-5; null → –. */
export function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(2).replace("e+", "e");
  return value.toLocaleString("en", { maximumFractionDigits: size >= 1000 ? 0 : size >= 10 ? 2 : 4 });
}

export function age(seconds) {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`;
}

/** An element with properties and children; text never becomes markup. */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element && key !== "list") element[key] = value; else element.setAttribute(key, value);
  }
  element.append(...children.filter(child => child !== null));
  return element;
}
