// The page: what is chosen is in its address, so that a link shows the same; everything is asked for again when a run has grown.
import { Chart, colour } from "./chart.js";
import { abscissa, age, ask, band, get, make, number, smooth } from "./data.js";
import * as panels from "./panels.js";

const $ = id => document.getElementById(id);
const most = 20, pollEvery = 2000;
const state = { tab: "scalars", hide: [], only: null, query: "", tags: "", smooth: 0.6, x: "step", log: false, group: false, sort: "name", down: false, same: true };
let runs = [], charts = new Map(), visible = new Set(), stamp = null;

const dashes = [[], [6, 3], [2, 3], [9, 3, 2, 3]];
// Groups have colours of their own, so that few of them have the most different ones.
const looks = { run: new Map(), group: new Map() };
const look = (key, kind = "run") => { const known = looks[kind]; if (!known.has(key)) known.set(key, known.size); const i = known.get(key); return { colour: colour(i), dash: dashes[Math.floor(i / 8) % dashes.length] }; };
const lower = text => (text ?? "").toLowerCase();
const matches = run => lower(state.query).split(/\s+/).every(word => [run.name, run.group, run.status].some(text => lower(text).includes(word)));
const isShown = run => matches(run) && (state.only ? state.only.includes(run.name) : !state.hide.includes(run.name));
const chosen = () => runs.filter(isShown);
const fits = tag => lower(state.tags).split(/\s+/).every(word => lower(tag).includes(word));

function remember() {
  const words = new URLSearchParams();
  for (const [key, usual] of [["tab", "scalars"], ["query", ""], ["tags", ""], ["x", "step"], ["sort", "name"]]) if (state[key] !== usual) words.set(key, state[key]);
  if (state.smooth !== 0.6) words.set("smooth", state.smooth);
  for (const key of ["log", "group", "down"]) if (state[key]) words.set(key, "1");
  if (!state.same) words.set("same", "0");
  for (const name of state.only ?? []) words.append("run", name);
  if (state.only && !state.only.length) words.append("run", "");
  for (const name of state.only ? [] : state.hide) words.append("hide", name);
  history.replaceState(null, "", words.size ? `#${words}` : location.pathname);
}

function recall() {
  const words = new URLSearchParams(location.hash.slice(1));
  for (const key of ["tab", "query", "tags", "x", "sort"]) if (words.has(key)) state[key] = words.get(key);
  if (!["scalars", "images", "histograms", "options"].includes(state.tab)) state.tab = "scalars";
  if (!["step", "relative", "wall"].includes(state.x)) state.x = "step";
  state.smooth = Math.min(0.99, Math.max(0, Number(words.get("smooth") ?? 0.6) || 0));
  for (const key of ["log", "group", "down"]) state[key] = words.get(key) === "1";
  state.same = words.get("same") !== "0";
  state.only = words.has("run") ? words.getAll("run").filter(name => name) : null;
  state.hide = words.getAll("hide");
  $("query").value = state.query; $("tags").value = state.tags; $("x").value = state.x; $("log").checked = state.log; $("group").checked = state.group;
  $("smooth").value = state.smooth; $("smoothed").textContent = state.smooth.toFixed(2);
}

/** What the table has a row of: the runs, or the groups of runs that differ in their seeds, with means and standard deviations over them. */
function entries() {
  const known = runs.filter(matches);
  if (!state.group) return known.map(run => ({ ...run, members: [run] }));
  return [...Map.groupBy(known, run => run.group)].map(([group, members]) => {
    const counts = Object.entries(Object.groupBy(members, run => run.problem ? "⚠" : run.status ?? "–"));
    return {
      id: `group ${group}`, name: `${group} (${members.length})`, group, members, step: Math.max(...members.map(run => run.step)), time: Math.max(...members.map(run => run.time)),
      status: counts.length > 1 ? counts.map(([status, some]) => `${some.length} ${status}`).join(", ") : counts[0][0], ...statistics("last", members), ...statistics("best", members),
    };
  });
}

function statistics(key, members) {
  const values = members.map(run => run[key]).filter(value => value !== null && value !== undefined);
  if (!values.length) return { [key]: null };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { [key]: mean, [`${key}Spread`]: values.length > 1 ? Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) : null };
}

/** The table. A row is replaced only if it has changed, so that the keyboard stays where it is. */
function table() {
  const value = run => state.sort === "name" || state.sort === "status" ? lower(run[state.sort]) : run[state.sort] ?? -Infinity;
  const sorted = entries().sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : a.members[0].id - b.members[0].id) * (state.down ? -1 : 1));
  const body = $("runs").tBodies[0], rows = new Map([...body.rows].map(row => [row.dataset.id, row]));
  sorted.forEach((run, i) => {
    let row = rows.get(String(run.id));
    if (!row) row = makeRow(run);
    rows.delete(String(run.id));
    fillRow(row, run);
    if (body.rows[i] !== row) body.insertBefore(row, body.rows[i] ?? null);
  });
  rows.forEach(row => row.remove());
  for (const cell of $("runs").tHead.rows[0].cells) {
    if (cell.dataset.sort === state.sort) cell.setAttribute("aria-sort", state.down ? "descending" : "ascending"); else cell.removeAttribute("aria-sort");
  }
  $("count").textContent = `(${chosen().length} of ${runs.length} shown)`;
}

function makeRow(run) {
  const box = make("input", { type: "checkbox", ariaLabel: `Show ${run.name}` });
  box.addEventListener("change", () => {
    const names = row.members.map(member => member.name), others = list => list.filter(name => !names.includes(name));
    if (state.only) state.only = box.checked ? [...others(state.only), ...names] : others(state.only);
    else state.hide = box.checked ? others(state.hide) : [...others(state.hide), ...names];
    changed();
  });
  const row = make("tr", {}, make("td", {}, box), make("td", { className: "name" }, make("span", { className: "swatch" }), make("span")),
    make("td", {}, make("span"), make("span", { className: "controls" })), make("td", { className: "number step" }), make("td", { className: "number" }), make("td", { className: "number best" }), make("td", { className: "time" }));
  row.dataset.id = run.id;
  return row;
}

function fillRow(row, run) {
  const [box, name, condition, step, last, best, time] = row.cells, [status, control] = condition.children;
  const set = (cell, text) => { if (cell.textContent !== text) cell.textContent = text; };
  const shown = run.members.filter(isShown).length, spread = value => value === null || value === undefined ? "" : ` ± ${number(value)}`;
  row.members = run.members;
  box.firstChild.checked = shown === run.members.length;
  box.firstChild.indeterminate = shown > 0 && shown < run.members.length;
  name.firstChild.style.background = (state.group ? look(run.group, "group") : look(run.name)).colour;
  set(name.lastChild, run.name);
  name.title = run.name;
  set(status, run.problem ? `${run.status ?? ""} ⚠ ${run.problem}` : run.status ?? "–");
  status.className = run.problem ? "bad" : run.status ?? "";
  set(step, run.step.toLocaleString("en", { notation: run.step >= 1e6 ? "compact" : "standard", maximumFractionDigits: 2 }) + (run.total && run.status === "running" ? ` (${Math.floor(100 * run.step / run.total)}%)` : ""));
  set(last, number(run.last) + spread(run.lastSpread)); set(best, number(run.best) + spread(run.bestSpread)); set(time, age(Date.now() / 1000 - run.time));
  const buttons = !state.group && run.status === "running";
  if (buttons !== control.childElementCount > 0) {
    control.replaceChildren(...(buttons ? ["stop", "checkpoint"] : []).map(what => {
      const button = make("button", { type: "button", ariaLabel: `${what === "stop" ? "Stop" : "Write a checkpoint of"} ${run.name}` }, what === "stop" ? "Stop" : "Save");
      button.addEventListener("click", () => request(what, run));
      return button;
    }));
  }
}

async function request(what, run) {
  if (what === "stop" && !confirm(`Stop ${run.name} after its current step, with a checkpoint?`)) return;
  try {
    await ask(what, run.id);
    $("message").textContent = what === "stop" ? `${run.name} was asked to stop.` : `${run.name} was asked for a checkpoint.`;
  } catch (error) { $("message").textContent = error.message; }
}

const watcher = new IntersectionObserver(entries => entries.forEach(entry => {
  const tag = entry.target.dataset.tag;
  if (entry.isIntersecting) { visible.add(tag); load(tag); } else visible.delete(tag);
}), { rootMargin: "300px" });

function scalars() {
  const shown = chosen(), tags = [...new Set(shown.flatMap(run => run.scalars))].filter(fits).sort(order);
  for (const [tag, entry] of charts) if (!tags.includes(tag)) { watcher.unobserve(entry.card); visible.delete(tag); charts.delete(tag); }
  for (const tag of tags) {
    if (charts.has(tag)) continue;
    const chart = new Chart(tag, () => state), card = make("div", { className: "card" }, make("h2", {}, tag), chart.canvas, chart.readout);
    card.dataset.tag = tag;
    charts.set(tag, { chart, card, answer: [], asked: "" });
  }
  const cards = tags.map(tag => charts.get(tag).card), grid = $("panel").querySelector(".charts");
  if (!grid || grid.childElementCount !== cards.length || cards.some((card, i) => grid.children[i] !== card)) {
    $("panel").replaceChildren(cards.length ? make("div", { className: "charts" }, ...cards) : make("p", { className: "quiet" }, runs.length ? "No curves of the chosen runs and tags." : "No event files yet. They are shown as soon as there are some."));
    cards.forEach(card => watcher.observe(card));
  }
  for (const tag of visible) load(tag);
}

/** What one looks for first: evaluations, then episodes. */
function order(a, b) {
  const rank = tag => ["evaluation/return", "eval/mean_reward", "episode/return", "rollout/ep_rew_mean", "charts/episodic_return"].indexOf(tag);
  const [first, second] = [rank(a), rank(b)];
  return (first < 0 ? 99 : first) - (second < 0 ? 99 : second) || (a < b ? -1 : 1);
}

async function load(tag) {
  const entry = charts.get(tag);
  if (!entry) return;
  const wanted = chosen().filter(run => run.scalars.includes(tag)), key = wanted.map(run => `${run.id}:${run.version}`).join();
  if (entry.asked !== key) {
    entry.asked = key;
    const points = Math.max(60, Math.min(512, Math.round(60000 / Math.max(1, wanted.length))));
    try { entry.answer = wanted.length ? await get(`/api/scalars?tag=${encodeURIComponent(tag)}&points=${points}&runs=${wanted.map(run => run.id).join(",")}`) : []; }
    catch (error) { entry.asked = ""; fail(error); return; }
  }
  entry.chart.show(curves(entry.answer));
}

function curves(answer) {
  const known = answer.map(series => ({ series, run: runs.find(run => run.id === series.run) })).filter(({ run }) => run && isShown(run));
  const single = ({ series, run }) => {
    const y = smooth(series.y, state.smooth);
    return { name: run.name, ...look(run.name), x: abscissa(series, state.x), y, raw: y === series.y ? null : series.y, lo: series.lo, hi: series.hi };
  };
  if (!state.group) return known.map(single);
  const groups = Map.groupBy(known, ({ run }) => run.group);
  return [...groups].map(([name, members]) => {
    const all = members.map(({ series }) => ({ x: abscissa(series, state.x), y: smooth(series.y, state.smooth) }));
    return { name: `${name} (${members.length})`, ...look(name, "group"), ...band(all), band: true };
  });
}

function draw() {
  for (const name of ["scalars", "images", "histograms", "options"]) {
    const tab = $(`tab-${name}`), isThis = state.tab === name;
    tab.setAttribute("aria-selected", isThis); tab.tabIndex = isThis ? 0 : -1;
  }
  $("panel").setAttribute("aria-labelledby", `tab-${state.tab}`);
  table();
  if (state.tab === "scalars") { scalars(); return; }
  const shown = chosen(), key = [state.tab, state.tags, ...shown.map(run => `${run.id}:${run.version}`)].join();
  if ($("panel").dataset.key === key && $("panel").dataset.tab === state.tab) return;
  // What grows every second is not drawn anew under someone's hands.
  const isInUse = $("panel").contains(document.activeElement) || [...$("panel").querySelectorAll("video")].some(video => !video.paused);
  if ($("panel").dataset.tab === state.tab && isInUse && $("panel").dataset.choice === shown.map(run => run.id).join() + state.tags) return;
  Object.assign($("panel").dataset, { key, tab: state.tab, choice: shown.map(run => run.id).join() + state.tags });
  panels[state.tab]($("panel"), shown, fits, (value = state.same) => { if (value !== state.same) { state.same = value; remember(); } return state.same; }).catch(fail);
}

function changed() {
  remember();
  if (state.tab !== $("panel").dataset.tab) { $("panel").replaceChildren(); charts.forEach(({ card }) => watcher.unobserve(card)); charts.clear(); visible.clear(); $("panel").dataset.tab = state.tab === "scalars" ? "scalars" : ""; }
  draw();
}

function fail(error) { $("live").textContent = `not connected: ${error.message}`; $("live").className = "bad"; }

async function poll() {
  try {
    if (document.visibilityState === "visible") {
      const answer = await get("/api/runs");
      const first = !runs.length;
      runs = answer.runs;
      runs.forEach(run => look(run.name));
      // Of many runs the last written ones are shown at first.
      if (first && !location.hash && runs.length > most) state.only = [...runs].sort((a, b) => b.time - a.time).slice(0, most).map(run => run.name);
      $("folder").textContent = answer.folder;
      const working = runs.filter(run => run.status === "running").length;
      $("live").className = answer.problem ? "bad" : "quiet";
      $("live").textContent = answer.problem ?? (answer.scanned ? `${runs.length} ${runs.length === 1 ? "run" : "runs"}, ${working} at work` : `reading … ${runs.length} runs so far`);
      const now = runs.map(run => `${run.id}:${run.version}:${run.status}:${run.problem}`).join();
      if (now !== stamp) { stamp = now; draw(); } else table();
    }
  } catch (error) { fail(error); }
  setTimeout(poll, pollEvery);
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  $("theme").setAttribute("aria-pressed", name === "dark");
  charts.forEach(({ chart }) => chart.draw());
  if (runs.length) { table(); for (const tag of visible) load(tag); }
}

$("theme").addEventListener("click", () => {
  const name = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  try { localStorage.setItem("theme", name); } catch { /* Without storage it lasts as long as the page. */ }
  theme(name);
});
$("share").addEventListener("click", async () => {
  try { await navigator.clipboard.writeText(location.href); $("message").textContent = "The link was copied."; } catch { $("message").textContent = location.href; }
});
$("query").addEventListener("input", event => { state.query = event.target.value; changed(); });
$("tags").addEventListener("input", event => { state.tags = event.target.value; changed(); });
$("smooth").addEventListener("input", event => { state.smooth = Number(event.target.value); $("smoothed").textContent = state.smooth.toFixed(2); changed(); });
$("x").addEventListener("change", event => { state.x = event.target.value; changed(); });
$("log").addEventListener("change", event => { state.log = event.target.checked; changed(); });
$("group").addEventListener("change", event => { state.group = event.target.checked; changed(); });
$("all").addEventListener("click", () => { const names = runs.filter(matches).map(run => run.name); if (state.only) state.only = [...new Set([...state.only, ...names])]; else state.hide = state.hide.filter(name => !names.includes(name)); if (state.only?.length === runs.length) { state.only = null; state.hide = []; } changed(); });
$("none").addEventListener("click", () => { const names = runs.filter(matches).map(run => run.name); if (state.only) state.only = state.only.filter(name => !names.includes(name)); else state.hide = [...new Set([...state.hide, ...names])]; changed(); });
$("tools").addEventListener("submit", event => event.preventDefault());
$("runs").tHead.addEventListener("click", event => {
  const sort = event.target.closest("th")?.dataset.sort;
  if (sort) { state.down = state.sort === sort ? !state.down : !["name", "status"].includes(sort); state.sort = sort; changed(); }
});
const tabs = [...document.querySelectorAll("[role=tab]")];
tabs.forEach((tab, i) => {
  tab.addEventListener("click", () => { state.tab = tab.id.slice(4); changed(); });
  tab.addEventListener("keydown", event => {
    const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to !== undefined) { event.preventDefault(); const next = tabs[(to + tabs.length) % tabs.length]; next.focus(); next.click(); }
  });
});
addEventListener("hashchange", () => { recall(); changed(); });
let saved = null;
try { saved = localStorage.getItem("theme"); } catch { /* Then as the system has it. */ }
theme(saved ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
if (matchMedia("(max-width: 56rem)").matches) $("side").open = false;
recall();
$("panel").dataset.tab = state.tab === "scalars" ? "scalars" : "";
poll();
