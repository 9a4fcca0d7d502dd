// What is not a curve: pictures, distributions, options.
import { colour } from "./chart.js";
import { get, make, number } from "./data.js";

export async function images(panel, runs, fits) {
  const found = await Promise.all(runs.filter(run => run.images.length).map(async run => [run, await get(`/api/images?run=${run.id}`)]));
  const cards = found.flatMap(([run, tags]) => Object.entries(tags).filter(([tag, steps]) => fits(tag) && steps.length).map(([tag, steps]) => {
    const picture = make("img", { alt: "" }), caption = make("figcaption", { className: "quiet" });
    const slider = make("input", { type: "range", min: 0, max: steps.length - 1, value: steps.length - 1, step: 1, ariaLabel: `Step of ${tag} of ${run.name}` });
    const show = () => {
      const step = steps[slider.value];
      picture.src = `/api/image?run=${run.id}&tag=${encodeURIComponent(tag)}&step=${step}`;
      picture.alt = `${tag} of ${run.name} at step ${step}`;
      caption.textContent = `step ${step.toLocaleString("en")} (${Number(slider.value) + 1} of ${steps.length})`;
    };
    slider.addEventListener("input", show);
    show();
    return make("div", { className: "card" }, make("h2", {}, `${tag} · ${run.name}`), make("figure", {}, picture, caption), steps.length > 1 ? slider : null);
  }));
  const videos = await Promise.all(runs.filter(run => run.videos).map(async run => [run, await get(`/api/videos?run=${run.id}`)]));
  cards.push(...videos.flatMap(([run, names]) => Object.entries(names).filter(([name]) => fits(name)).map(([name, number]) => {
    const src = `/api/video?run=${run.id}&video=${number}`, title = `${name} · ${run.name}`;
    return make("div", { className: "card" }, make("h2", {}, title), name.toLowerCase().endsWith(".gif")
      ? make("img", { src, alt: title }) : make("video", { src, controls: true, loop: true, preload: "metadata", ariaLabel: title }));
  })));
  fill(panel, cards, "No pictures. A run logs some with log.images=N, attack and certify always; videos are those in a run's folder.");
}

export async function histograms(panel, runs, fits) {
  const wanted = runs.flatMap(run => run.histograms.filter(fits).map(tag => [run, tag]));
  const cards = await Promise.all(wanted.slice(0, 60).map(async ([run, tag]) => {
    const steps = await get(`/api/histograms?run=${run.id}&tag=${encodeURIComponent(tag)}`);
    const canvas = make("canvas", { role: "img" });
    const last = steps.at(-1), range = last ? ends(last.rows) : null;
    canvas.setAttribute("aria-label", range ? `${tag} of ${run.name}: values from ${number(range[0])} to ${number(range[1])} at step ${last.step}` : `${tag}, no values`);
    new ResizeObserver(() => ridges(canvas, steps)).observe(canvas);
    return make("div", { className: "card" }, make("h2", {}, `${tag} · ${run.name}`), canvas);
  }));
  if (wanted.length > 60) cards.push(make("p", {}, `${wanted.length - 60} more are not shown; choose tags.`));
  fill(panel, cards, "No distributions. A run logs some with log.histograms=N.");
}

function ends(rows) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i + 2 < rows.length; i += 3) if (rows[i + 2] > 0) { low = Math.min(low, rows[i]); high = Math.max(high, rows[i + 1]); }
  return low <= high ? [low, high] : null;
}

/** One line above the other, the newest in front and strongest. */
function ridges(canvas, all) {
  const steps = all.length > 25 ? all.filter((_, i) => (all.length - 1 - i) % Math.ceil(all.length / 25) === 0) : all;
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
  if (!width) return;
  canvas.width = width * ratio; canvas.height = height * ratio;
  const pen = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
  pen.scale(ratio, ratio);
  pen.font = "12px system-ui, 'DejaVu Sans', sans-serif";
  const limits = steps.map(step => ends(step.rows)).filter(range => range);
  if (!limits.length) return;
  let low = Math.min(...limits.map(range => range[0])), high = Math.max(...limits.map(range => range[1]));
  if (low === high) { low -= 0.5; high += 0.5; }
  const px = x => 8 + (x - low) / (high - low) * (width - 70), rise = 44, top = rise + 6, bottom = height - 22;
  steps.forEach((step, i) => {
    const base = steps.length === 1 ? bottom : top + (bottom - top) * i / (steps.length - 1);
    let densest = 0;
    const points = [];
    for (let b = 0; b + 2 < step.rows.length; b += 3) {
      const [left, right, count] = step.rows.slice(b, b + 3);
      if (!(right >= left) || !Number.isFinite(left) || !Number.isFinite(right)) continue;
      const density = count / Math.max(right - left, (high - low) / 100);
      densest = Math.max(densest, density);
      points.push([(left + right) / 2, density]);
    }
    pen.fillStyle = style.getPropertyValue("--card"); pen.strokeStyle = colour(0); pen.globalAlpha = 1;
    pen.beginPath(); pen.moveTo(px(points[0]?.[0] ?? low), base);
    for (const [x, density] of points) pen.lineTo(px(x), base - (densest ? density / densest * rise : 0));
    pen.lineTo(px(points.at(-1)?.[0] ?? high), base); pen.fill();
    pen.globalAlpha = 0.35 + 0.65 * (i + 1) / steps.length; pen.stroke();
    if (i === 0 || i === steps.length - 1) {
      pen.globalAlpha = 1; pen.fillStyle = style.getPropertyValue("--quiet"); pen.textAlign = "right";
      pen.fillText(step.step.toLocaleString("en", { notation: "compact" }), width - 4, base);
    }
  });
  pen.globalAlpha = 1; pen.fillStyle = style.getPropertyValue("--quiet"); pen.textAlign = "left"; pen.fillText(number(low), 8, height - 6);
  pen.textAlign = "right"; pen.fillText(number(high), width - 62, height - 6);
}

export async function options(panel, runs, fits, onlyDifferent) {
  const shown = runs.slice(0, 12);
  const all = shown.length ? await get(`/api/options?runs=${shown.map(run => run.id).join(",")}`) : [];
  const named = all.map(entry => [shown.find(run => run.id === entry.run), entry]).filter(([run]) => run);
  const keys = [...new Set(named.flatMap(([, entry]) => Object.keys(entry.options)))].filter(fits).sort();
  const rows = keys.map(key => [key, named.map(([, entry]) => entry.options[key] ?? "–")]).map(([key, values]) => [key, values, new Set(values).size > 1]);
  const box = make("input", { type: "checkbox", checked: onlyDifferent() && named.length > 1, id: "different" });
  const table = make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "option"), ...named.map(([run]) => make("th", { scope: "col" }, run.name)))));
  const body = make("tbody");
  table.append(body);
  const write = () => {
    onlyDifferent(box.checked);
    body.replaceChildren(...rows.filter(([, , differs]) => differs || !box.checked).map(([key, values, differs]) =>
      make("tr", { className: differs ? "differs" : "" }, make("th", { scope: "row" }, key), ...values.map(value => make("td", {}, value)))));
  };
  box.addEventListener("change", write);
  write();
  const texts = named.flatMap(([run, entry]) => Object.entries(entry.texts).filter(([tag]) => fits(tag) && !tag.startsWith("options/")).map(([tag, text]) =>
    make("details", { className: "card" }, make("summary", {}, `${tag} · ${run.name}`), make("pre", { tabIndex: 0 }, text))));
  fill(panel, named.length && keys.length ? [make("div", { className: "card" },
    make("label", {}, box, " only the options that differ"), make("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: "Table of options" }, table)), ...texts] : texts,
    "No options: the chosen runs have logged none.", false);
}

function fill(panel, cards, otherwise, isGrid = true) {
  const grid = make("div", { className: isGrid ? "charts" : "" }, ...cards);
  panel.replaceChildren(cards.length ? grid : make("p", { className: "quiet" }, otherwise));
}
