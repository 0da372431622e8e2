// Plays a movie with its dissipation maps, and reads series, rates, errors and p-values of places off them.
//
// `fill(element, data)` fills `element` and returns a function that takes all away again. `data` is the JSON
// that cneep writes (`version` 1): frames, maps and series as deflated blocks in base64, texts and scales.
// `uPlot` (1.6) must be in scope. Numbers are read from exact sums in 32-bit floating point; the levels of
// `maps.instants` are for the eye alone.

/** Bytes, or numbers, of a block. */
export async function unpack(block) {
  const text = atob(block.data);
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  if (block.differences) {
    const stride = block.shape.slice(1).reduce((a, b) => a * b, 1);
    for (let i = stride; i < bytes.length; i++) bytes[i] += bytes[i - stride];
  }
  if (block.kind === "i8") return new Int8Array(bytes.buffer);
  if (block.kind !== "f32") return bytes;
  const count = bytes.length / 4;
  const ordered = new Uint8Array(bytes.length);
  for (let byte = 0; byte < 4; byte++)
    for (let i = 0; i < count; i++) ordered[4 * i + byte] = bytes[byte * count + i];
  return new Float32Array(ordered.buffer);
}

/** Share of all flips of the signs of `sums` that give no smaller a sum: one-sided and exact. */
export function signFlipPValue(sums) {
  const all = (part) => {
    let list = [0];
    for (const sum of part) list = list.flatMap((s) => [s + sum, s - sum]);
    return Float64Array.from(list).sort();
  };
  const half = sums.length >> 1;
  const observed = sums.reduce((a, b) => a + b, 0);
  const least = observed - 1e-12 * sums.reduce((a, b) => a + Math.abs(b), 0);
  const [left, right] = [all(sums.slice(0, half)), all(sums.slice(half))];
  let from = right.length, count = 0;
  for (const partial of left) {
    while (from > 0 && partial + right[from - 1] >= least) from--;
    count += right.length - from;
  }
  return count / (left.length * right.length);
}

/** Mean over blocks per unit of `time`, its standard error from their scatter, and the test of its sign. */
export function rateOfBlocks(sums, counts, time) {
  const total = counts.reduce((a, b) => a + b, 0);
  const mean = sums.reduce((a, b) => a + b, 0) / total;
  const n = sums.length;
  let squares = 0;
  sums.forEach((sum, i) => { squares += (sum - mean * counts[i]) ** 2; });
  const error = n > 1 ? Math.sqrt(squares * n / (n - 1)) / total : NaN;
  return { rate: mean / time, error: error / time, p: n > 1 ? signFlipPValue(sums) : NaN };
}

const decimals = (error, value) => {
  const scale = error > 0 ? error : Math.max(Math.abs(value), 1e-3) / 100;
  return Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(scale))));
};
const minus = (text) => text.replace("-", "−");
const digits = (value, count) => {
  if (!value || !isFinite(value)) return String(value);
  const places = Math.min(12, Math.max(0, count - 1 - Math.floor(Math.log10(Math.abs(value)))));
  return minus(String(Number(value.toFixed(places))));
};
const pInWords = (p) => !(p >= 0) ? "not tested" : p < 1e-5 ? "p < 0.00001" : `p = ${digits(p, 2)}`;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const kB = (text) => text.replace(/k_B/g, "k<sub>B</sub>");
const plain = (text) => text.replace(/k_B/g, "kB");

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function save(name, blob) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** A length of 1, 2 or 5 times a power of ten that takes about a quarter of `whole`. */
function niceLength(whole) {
  const power = 10 ** Math.floor(Math.log10(whole / 4));
  return [10, 5, 2, 1].map((of) => of * power).find((length) => length <= whole / 3);
}

/** Largest magnitude of nearly all values that are not zero. */
function robustLimit(values, share) {
  const sizes = Float32Array.from(values, Math.abs).filter((size) => size > 0).sort();
  return sizes.length ? sizes[Math.round((sizes.length - 1) * share)] : 1;
}

export async function fill(element, data) {
  const root = make("div", { class: "cneep-viewer" });
  element.replaceChildren(root);
  const { frames, maps, unit } = data;
  const grey = await unpack(frames.grey);
  const values = data.series ? await unpack(data.series.values) : null;
  const sums = maps ? await unpack(maps.sums) : null;
  const blockSums = maps ? await unpack(maps.block_sums) : null;
  const levels = maps?.instants ? await unpack(maps.instants.maps) : null;
  const band = data.series?.band ? await Promise.all(data.series.band.map(unpack)) : null;

  // Sizes: frames as shown, cells, moments. A moment is a transition, or a frame where there is no series.
  const [, shownRows, shownColumns] = frames.grey.shape;
  const [frameCount, rows, columns] = frames.shape;
  const cells = maps ? maps.grid.rows * maps.grid.columns : 0;
  const moments = maps ? maps.transitions : values ? values.length : frameCount;
  const interval = data.interval, window_ = maps ? maps.window : 2;
  const transitionTime = (window_ - 1) * interval;
  const pixel = data.pixel_size ?? 1, lengthUnit = data.pixel_size ? "µm" : "px";
  const timeUnit = data.time_symbol;
  const timeOf = (moment) => moment * interval;
  const timeText = (time) => `${minus(time.toFixed(clamp(-Math.floor(Math.log10(interval)), 0, 6)))} ${timeUnit}`;

  const state = {
    moment: 0, playing: false, mode: maps ? "mean" : "film", opacity: 1, gain: 1, outlines: true,
    region: null, span: null,
  };

  // ---- Fields of the map: value of every cell, and the value of the last colour.
  const a_sum = maps?.transitions_a_sum ?? 1;
  const countOf = (sum) => Math.min(a_sum, moments - sum * a_sum);
  const mean = new Float32Array(cells);
  const blocks = maps ? maps.block_counts.length : 0;
  const totalCount = maps ? maps.block_counts.reduce((a, b) => a + b, 0) : 1;
  for (let block = 0; block < blocks; block++)
    for (let cell = 0; cell < cells; cell++)
      mean[cell] += blockSums[block * cells + cell] / totalCount / transitionTime;
  const meanLimit = robustLimit(mean, 0.995);
  const instantLimit = levels ? maps.instants.limit : maps ? robustLimit(sums, 0.9995) : 1;
  let field = mean;
  let limit = meanLimit;
  const scratch = new Float32Array(cells);

  const sumsOfSpan = ([from, to]) => [Math.floor(from / a_sum), Math.min(Math.floor(to / a_sum), sums.length / cells - 1)];
  function findField() {
    if (!maps) return;
    if (state.mode === "mean") { field = mean; limit = meanLimit; return; }
    field = scratch;
    if (state.mode === "span") {
      const [first, last] = sumsOfSpan(state.span);
      let count = 0;
      scratch.fill(0);
      for (let sum = first; sum <= last; sum++) {
        count += countOf(sum);
        for (let cell = 0; cell < cells; cell++) scratch[cell] += sums[sum * cells + cell];
      }
      for (let cell = 0; cell < cells; cell++) scratch[cell] /= count * transitionTime;
      limit = robustLimit(scratch, 0.995);
      return;
    }
    limit = instantLimit;
    if (levels) {
      const start = Math.floor(state.moment / maps.instants.stride) * cells;
      for (let cell = 0; cell < cells; cell++) {
        const level = levels[start + cell] / maps.instants.levels;
        scratch[cell] = level * Math.abs(level) * instantLimit;
      }
    } else scratch.set(sums.subarray(state.moment * cells, (state.moment + 1) * cells));
  }

  // ---- Picture.
  const canvas = make("canvas", { width: shownColumns, height: shownRows });
  const context = canvas.getContext("2d");
  const image = context.createImageData(shownColumns, shownRows);
  const cellOf = new Int32Array(shownRows * shownColumns).fill(-1);
  if (maps) {
    const { cell } = maps.grid, b = frames.binned;
    for (let row = 0; row < shownRows; row++)
      for (let column = 0; column < shownColumns; column++) {
        const r = Math.floor((row * b + b / 2) / cell), c = Math.floor((column * b + b / 2) / cell);
        if (r < maps.grid.rows && c < maps.grid.columns) cellOf[row * shownColumns + column] = r * maps.grid.columns + c;
      }
  }
  const STEPS = 256;
  const lut = new Float32Array(4 * (2 * STEPS + 1));
  const { produced, consumed, opacity: most, brightest, power } = data.colours;
  for (let step = -STEPS; step <= STEPS; step++) {
    const size = Math.abs(step) / STEPS, [dim, bright] = step < 0 ? consumed : produced;
    for (let i = 0; i < 3; i++) lut[4 * (step + STEPS) + i] = dim[i] + (bright[i] - dim[i]) * size;
    lut[4 * (step + STEPS) + 3] = most * size ** power;
  }
  const place = new Int32Array(cells + 1).fill(4 * STEPS);
  function paint() {
    const scale = STEPS * state.gain / limit;
    for (let cell = 0; cell < cells; cell++)
      place[cell] = 4 * (STEPS + Math.round(clamp(field[cell] * scale, -STEPS, STEPS)));
    const start = Math.min(Math.floor(state.moment / frames.stride), frames.grey.shape[0] - 1) * cellOf.length;
    const ceiling = (maps ? brightest : 255) / 255, pixels = image.data;
    for (let i = 0; i < cellOf.length; i++) {
      const under = grey[start + i] * ceiling, at = cellOf[i] < 0 ? 4 * STEPS : place[cellOf[i]];
      const share = lut[at + 3] * state.opacity;
      pixels[4 * i] = under + (lut[at] - under) * share;
      pixels[4 * i + 1] = under + (lut[at + 1] - under) * share;
      pixels[4 * i + 2] = under + (lut[at + 2] - under) * share;
      pixels[4 * i + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }

  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${columns} ${rows}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const shape = (tag, name) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    made.setAttribute("class", name);
    made.setAttribute("vector-effect", "non-scaling-stroke");
    svg.append(made);
    return made;
  };
  const outline = shape("path", "cv-outline");
  if (maps?.outlines) {
    const { cell } = maps.grid;
    outline.setAttribute("d", maps.outlines.map(([a, b, c, d]) => `M${b * cell} ${a * cell}L${d * cell} ${c * cell}`).join(""));
  }
  const box = shape("rect", "cv-box");
  const bar = niceLength(columns * pixel);
  const scaleBar = make("div", { class: "cv-scale", style: `width:${100 * bar / pixel / columns}%` });
  scaleBar.append(make("span", {}, `${digits(bar, 2)} ${lengthUnit}`));
  const stamp = make("div", { class: "cv-stamp" });
  const picture = make("div", {
    class: "cv-picture", tabindex: "0", role: "application",
    "aria-label": `${frames.name}: film${maps ? " with dissipation map" : ""}. Space plays, arrow keys step; `
      + (maps ? "shift with arrow keys chooses a place, escape the whole frame." : "home and end jump."),
    style: `aspect-ratio:${columns}/${rows};--aspect:${columns / rows}`,
  }, canvas, svg, scaleBar, stamp);

  // ---- Colour bar.
  const bar_ = make("canvas", { width: 1, height: 201, "aria-hidden": "true" });
  const ends = [make("span"), make("span"), make("span")];
  const barLabel = make("div", { class: "cv-bar-label" });
  const colourBar = make("div", { class: "cv-bar" }, bar_, make("div", { class: "cv-bar-ends" }, ...ends), barLabel);
  {
    const strip = bar_.getContext("2d"), pixels = strip.createImageData(1, 201);
    for (let i = 0; i < 201; i++) {
      const at = 4 * (STEPS + Math.round(STEPS * (1 - i / 100))), share = lut[at + 3];
      for (let k = 0; k < 3; k++) pixels.data[4 * i + k] = 70 + (lut[at + k] - 70) * share;
      pixels.data[4 * i + 3] = 255;
    }
    strip.putImageData(pixels, 0, 0);
  }
  function labelBar() {
    const top = limit / state.gain;
    ends[0].textContent = digits(top, 2);
    ends[1].textContent = "0";
    ends[2].textContent = digits(-top, 2);
    barLabel.innerHTML = kB(state.mode === "instant" ? "k_B per cell and transition" : `${unit} per cell`);
  }

  // ---- Controls.
  const slider = make("input", { type: "range", min: 0, max: moments - 1, value: 0, "aria-label": "Time", class: "cv-time",
    oninput: () => go(Number(slider.value)) });
  const playButton = make("button", { type: "button", class: "cv-play", "aria-label": "Play", title: "Play or pause (space)", onclick: () => play(!state.playing) }, "▶");
  const step = (by, label, text) => make("button", { type: "button", "aria-label": label, title: label, onclick: () => go(state.moment + by) }, text);
  const speed = make("select", { "aria-label": "Frames a second", title: "Frames a second" });
  for (const of of [5, 10, 25, 60]) speed.append(make("option", { value: of, ...(of === 25 ? { selected: "" } : {}) }, `${of} fps`));
  const time = make("output", { class: "cv-now" });
  const controls = make("div", { class: "cv-controls" }, step(-1, "One step back", "◂"), playButton, step(1, "One step on", "▸"), slider, time, speed);
  const modes = make("div", { class: "cv-modes", role: "group", "aria-label": "Map" });
  const modeButtons = {};
  for (const [mode, text, title] of [["mean", "mean", "Mean over all unseen transitions"],
    ["instant", "instant", "Map of the moment that is shown"], ["span", "span", "Mean over the span that is brushed in the plots"]]) {
    modeButtons[mode] = make("button", { type: "button", title, onclick: () => setMode(mode) }, text);
    modes.append(modeButtons[mode]);
  }
  const range = (label, low, high, value, act) => make("label", {}, label,
    make("input", { type: "range", min: low, max: high, step: 0.01, value, oninput: (event) => { act(Number(event.target.value)); refresh(); } }));
  const outlineBox = make("input", { type: "checkbox", checked: "", onchange: () => { state.outlines = outlineBox.checked; refresh(); } });
  const options = make("div", { class: "cv-options" }, modes,
    range("opacity", 0, 1, 1, (value) => { state.opacity = value; }),
    range("gain", -1, 1, 0, (value) => { state.gain = 10 ** value; }),
    ...(maps?.outlines?.length ? [make("label", {}, outlineBox, "significant")] : []));
  const hover = make("p", { class: "cv-hover" });
  const saving = make("div", { class: "cv-saving" }, hover,
    make("button", { type: "button", title: "Save the picture", onclick: savePicture }, "PNG"),
    make("button", { type: "button", title: "Save the series", onclick: saveSeries }, "CSV"));
  const readout = make("p", { class: "cv-readout", role: "status", "aria-live": "polite" });
  const stage = make("div", { class: "cv-stage" },
    make("div", { class: "cv-screen" }, picture, ...(maps ? [colourBar] : [])), controls, ...(maps ? [options, saving, readout] : []));
  root.append(stage);

  // ---- Series.
  const plots = [];
  const xs = values ? Float64Array.from(values, (_, i) => timeOf(i)) : null;
  const running = (series) => { let sum = 0; return Float64Array.from(series, (value) => sum += value / (window_ - 1)); };
  const totalSum = values ? running(values) : null;
  let regionValues = null;
  const none = xs ? new Array(xs.length).fill(null) : null;
  const css = (name, fallback) => getComputedStyle(root).getPropertyValue(name).trim() || fallback;
  const ink = () => css("--quiet", "#5c6670"), line = () => css("--line", "#d9dfe5");
  const total = () => css("--measured", "#1f5a96"), chosen = () => css("--chosen", "#c45820");
  let side = null;
  if (values && data.plots !== false) {
    side = make("div", { class: "cv-plots" });
    root.append(side);
    const axis = (label, size) => ({ label, stroke: ink, labelSize: 16, size, font: "12px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif",
      grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 5 } });
    const add = (title, ylabel, series, rows, bands) => {
      const holder = make("div", { class: "cv-plot" });
      side.append(make("h3", {}, title), holder);
      const plot = new uPlot({
        width: Math.max(280, side.clientWidth || 500), height: 165, series: [{ label: `t (${timeUnit})`, value: (_, v) => v == null ? "" : digits(v, 4) }, ...series], bands,
        scales: { x: { time: false }, y: { range: (_, low, high) => withZero(low, high) }, place: { range: besideY } },
        axes: [axis(`time (${timeUnit})`, 34), axis(ylabel, 52), { ...axis("", 62), label: undefined, scale: "place", side: 1, stroke: chosen,
          grid: { show: false }, values: (_, ticks) => ticks.map((tick) => state.region ? digits(tick, 3) : "") }],
        cursor: { drag: { x: true, y: false, setScale: false }, sync: { key: data.name + frames.name, filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } } },
        hooks: { setSelect: [brushed], setSize: [head], ready: [head] }, legend: { live: true },
      }, rows, holder);
      const sheet = plot.root.querySelector("canvas");
      sheet.setAttribute("role", "img");
      sheet.setAttribute("aria-label", `${title}; the numbers are in the CSV`);
      plot.head = make("div", { class: "cv-head" });
      plot.over.append(plot.head);
      plot.over.addEventListener("click", () => { if (plot.select.width < 3) go(plot.valToIdx(plot.posToVal(plot.cursor.left, "x"))); });
      plots.push(plot);
    };
    const value = (_, v) => v == null ? "" : digits(v, 4);
    const curve = (label, stroke, width, more = {}) => ({ label, stroke, width, value, points: { show: false }, ...more });
    add("Entropy production ΔS of every transition", "ΔS (kB)", [curve("whole frame", total, 1), curve("chosen place", chosen, 1.3, { scale: "place" })], [xs, values, none]);
    const bandSeries = band ? [curve("90 % of other movies", () => "transparent", 0, { class: "cv-others", value: () => "" }), curve("to", () => "transparent", 0, { class: "cv-hidden" })] : [];
    add("Its sum since the start", "ΣΔS (kB)", [curve("whole frame", total, 2), curve("chosen place", chosen, 2, { scale: "place" }), ...bandSeries],
      [xs, totalSum, none, ...(band ?? [])], band ? [{ series: [3, 4], fill: () => css("--band", "rgba(31,90,150,0.14)") }] : undefined);
  }
  function withZero(low, high) {
    const [from, to] = [Math.min(low ?? 0, 0), Math.max(high ?? 0, 0)], margin = 0.08 * (to - from) || 1;
    return [from - margin, to + margin];
  }
  /** The scale of a place: its zero at the height of the other's. */
  function besideY(plot, low, high) {
    const y = withZero(plot.scales.y.min, plot.scales.y.max);
    const factor = Math.max(Math.max(high ?? 0, 0) / y[1], Math.min(low ?? 0, 0) / y[0]) * 1.1 || 1;
    return [factor * y[0], factor * y[1]];
  }
  function head(plot) {
    if (plot?.head) plot.head.style.transform = `translateX(${plot.valToPos(timeOf(state.moment), "x")}px)`;
  }
  function brushed(plot) {
    if (plot.select.width < 3 || !maps) return;
    const ends = [plot.select.left, plot.select.left + plot.select.width].map((left) => plot.valToIdx(plot.posToVal(left, "x")));
    setSpan(ends[0], ends[1]);
  }
  function setSpan(from, to) {
    const [first, last] = sumsOfSpan([Math.min(from, to), Math.max(from, to)]);
    state.span = [first * a_sum, Math.min((last + 1) * a_sum, moments) - 1];
    for (const plot of plots) {
      const [left, right] = state.span.map((moment) => plot.valToPos(timeOf(moment), "x"));
      plot.setSelect({ left, width: right - left, top: 0, height: plot.over.clientHeight }, false);
    }
    setMode("span");
  }

  // ---- Places.
  function seriesOf({ r0, c0, r1, c1 }) {
    const series = new Float64Array(moments);
    for (let sum = 0; sum * cells < sums.length; sum++) {
      let value = 0;
      for (let row = r0; row <= r1; row++)
        for (let column = c0; column <= c1; column++) value += sums[sum * cells + row * maps.grid.columns + column];
      series.fill(value / countOf(sum), sum * a_sum, sum * a_sum + countOf(sum));
    }
    return series;
  }
  function numbersOf({ r0, c0, r1, c1 }) {
    const of = Array.from({ length: blocks }, (_, block) => {
      let value = 0;
      for (let row = r0; row <= r1; row++)
        for (let column = c0; column <= c1; column++) value += blockSums[block * cells + row * maps.grid.columns + column];
      return value;
    });
    return rateOfBlocks(of, maps.block_counts, transitionTime);
  }
  function choose(region) {
    state.region = region;
    regionValues = region ? seriesOf(region) : null;
    plots.forEach((plot, i) => {
      const rows = [...plot.data];
      rows[2] = regionValues ? (i ? running(regionValues) : regionValues) : none;
      plot.setData(rows);
    });
    tell();
    refresh();
    remember();
  }
  /** Rates over the brushed span, exact; no error, as a span has few blocks. */
  function ofSpan(region) {
    if (state.mode !== "span") return "";
    const [first, last] = sumsOfSpan(state.span);
    let count = 0, whole = 0, place = 0;
    for (let sum = first; sum <= last; sum++) {
      count += countOf(sum);
      for (let cell = 0; cell < cells; cell++) {
        const value = sums[sum * cells + cell], row = Math.floor(cell / maps.grid.columns), column = cell % maps.grid.columns;
        whole += value;
        if (region && row >= region.r0 && row <= region.r1 && column >= region.c0 && column <= region.c1) place += value;
      }
    }
    const rate = (value) => digits(value / (count * transitionTime), 3);
    const [from, to] = [timeOf(state.span[0]), timeOf(state.span[1] + window_ - 1)].map(timeText);
    return ` <span>From ${from} to ${to} of this film: ${rate(whole)} ${kB(unit)} of the whole frame${region ? `, ${rate(place)} of this place` : ""}.</span>`;
  }
  function tell() {
    if (!maps) return;
    const { region } = state, { cell } = maps.grid;
    const words = (rate, error, ends) => {
      const places = decimals(error, rate), fixed = (value) => minus(value.toFixed(places));
      return `<b>${fixed(rate)}${error > 0 ? ` ± ${fixed(error)}` : ""} ${kB(unit)}</b>`
        + (ends ? ` <span>(95 % ${fixed(ends[0])} to ${fixed(ends[1])})</span>` : "");
    };
    if (!region) {
      const { value, standard_error, confidence_interval } = data.total;
      delete readout.dataset.rate;
      readout.innerHTML = `Whole frame: ${words(value, standard_error ?? 0, confidence_interval)}. `
        + "<span>Click a place or draw a box for its series, rate, error and p.</span>" + ofSpan(null);
      return;
    }
    const { rate, error, p } = numbersOf(region);
    Object.assign(readout.dataset, { rate, error, p });
    const at = (index) => digits((index * cell) * pixel, 3);
    const single = region.r0 === region.r1 && region.c0 === region.c1;
    const name = single ? `Cell in row ${region.r0}, column ${region.c0}`
      : `Box of ${region.r1 - region.r0 + 1} × ${region.c1 - region.c0 + 1} cells`;
    const half = maps.interval_factor * error;
    const test = data.claims ? `${pInWords(p)} for this place alone` : "no claim: the verdict is withdrawn or was not tested";
    readout.innerHTML = `${name} <span>(x ${at(region.c0)} to ${at(region.c1 + 1)}, y ${at(region.r0)} to ${at(region.r1 + 1)} ${lengthUnit})</span>: `
      + `${words(rate, error, half > 0 ? [rate - half, rate + half] : null)}, ${test}. `
      + `<span>${blocks} blocks, ${totalCount} transitions.</span>${ofSpan(region)}`;
  }
  const cellAt = (event) => {
    const bounds = picture.getBoundingClientRect(), { cell } = maps.grid;
    const share = (value, start, length) => clamp((value - start) / length, 0, 0.999999);
    return [Math.min(Math.floor(share(event.clientY, bounds.top, bounds.height) * rows / cell), maps.grid.rows - 1),
      Math.min(Math.floor(share(event.clientX, bounds.left, bounds.width) * columns / cell), maps.grid.columns - 1)];
  };
  let anchor = null;
  if (maps) {
    picture.addEventListener("pointerdown", (event) => { anchor = cellAt(event); picture.setPointerCapture(event.pointerId); draw(event); });
    picture.addEventListener("pointermove", (event) => {
      const [row, column] = cellAt(event);
      hover.innerHTML = `row ${row}, column ${column}: ${digits(field[row * maps.grid.columns + column], 3)} ${barLabel.innerHTML}`;
      if (anchor) draw(event);
    });
    picture.addEventListener("pointerup", () => { anchor = null; });
    picture.addEventListener("pointerleave", () => { hover.textContent = " "; });
  }
  function draw(event) {
    const [row, column] = cellAt(event);
    choose({ r0: Math.min(row, anchor[0]), r1: Math.max(row, anchor[0]), c0: Math.min(column, anchor[1]), c1: Math.max(column, anchor[1]) });
  }

  // ---- Time.
  function go(moment) {
    state.moment = clamp(Math.round(moment), 0, moments - 1);
    slider.value = state.moment;
    refresh();
  }
  function setMode(mode) {
    if (mode === "span" && !state.span) state.span = [0, moments - 1];
    state.mode = mode;
    tell();
    refresh();
    remember();
  }
  function refresh() {
    findField();
    paint();
    const now = timeText(timeOf(state.moment));
    time.textContent = now;
    stamp.textContent = now;
    slider.setAttribute("aria-valuetext", now);
    for (const plot of plots) {
      head(plot);
      if (!(plot.cursor.left >= 0)) plot.setLegend({ idx: state.moment });
    }
    if (!maps) return;
    labelBar();
    for (const [mode, button] of Object.entries(modeButtons)) button.setAttribute("aria-pressed", String(mode === state.mode));
    outline.style.display = state.outlines && state.mode === "mean" ? "" : "none";
    const { region } = state, { cell } = maps.grid;
    box.style.display = region ? "" : "none";
    if (region) {
      const size = { x: region.c0 * cell, y: region.r0 * cell, width: (region.c1 - region.c0 + 1) * cell, height: (region.r1 - region.r0 + 1) * cell };
      for (const [name, value] of Object.entries(size)) box.setAttribute(name, value);
    }
  }
  let last = 0, owed = 0;
  function tick(now) {
    if (!state.playing) return;
    owed += Math.min((now - last) / 1000, 0.25) * Number(speed.value);
    last = now;
    if (owed >= 1) {
      const by = Math.floor(owed);
      owed -= by;
      go((state.moment + by) % moments);
    }
    requestAnimationFrame(tick);
  }
  function play(playing) {
    state.playing = playing;
    playButton.textContent = playing ? "❚❚" : "▶";
    playButton.setAttribute("aria-label", playing ? "Pause" : "Play");
    last = performance.now();
    if (playing) requestAnimationFrame(tick); else remember();
  }
  picture.addEventListener("keydown", (event) => {
    const arrow = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const jump = { " ": () => play(!state.playing), Home: () => go(0), End: () => go(moments - 1), Escape: () => choose(null),
      m: () => setMode(state.mode === "mean" ? "instant" : "mean"),
      "[": () => setSpan(state.moment, state.span?.[1] ?? moments - 1), "]": () => setSpan(state.span?.[0] ?? 0, state.moment) }[event.key];
    if (arrow && event.shiftKey && maps) {
      const { r0 = maps.grid.rows >> 1, c0 = maps.grid.columns >> 1 } = state.region ?? {};
      const [row, column] = [clamp(r0 + arrow[0], 0, maps.grid.rows - 1), clamp(c0 + arrow[1], 0, maps.grid.columns - 1)];
      choose({ r0: row, r1: row, c0: column, c1: column });
    } else if (arrow) go(state.moment + arrow[0] * 10 + arrow[1]);
    else if (jump && (maps || ![ "Escape", "m", "[", "]" ].includes(event.key))) jump();
    else return;
    event.preventDefault();
  });

  // ---- Files, state in the address.
  function savePicture() {
    const factor = Math.max(1, Math.floor(1200 / columns));
    const sheet = make("canvas", { width: columns * factor, height: rows * factor }), pen = sheet.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(canvas, 0, 0, sheet.width, sheet.height);
    pen.strokeStyle = pen.fillStyle = "#fff";
    pen.lineWidth = 3;
    if (outline.style.display !== "none" && outline.getAttribute("d")) {
      pen.save();
      pen.scale(factor, factor);
      pen.lineWidth = 2 / factor;
      pen.stroke(new Path2D(outline.getAttribute("d")));
      pen.restore();
    }
    if (state.region) pen.strokeRect(...["x", "y", "width", "height"].map((name) => factor * Number(box.getAttribute(name))));
    pen.fillRect(24, sheet.height - 30, bar / pixel * factor, 6);
    pen.font = "22px sans-serif";
    pen.fillText(scaleBar.textContent, 24, sheet.height - 40);
    sheet.toBlob((blob) => save(`${frames.name}.png`, blob));
  }
  function saveSeries() {
    const header = `time_${timeUnit},entropy_production_kB` + (regionValues ? ",chosen_place_kB" : "");
    const lines = Array.from(values ?? [], (value, i) => [timeOf(i), value, ...(regionValues ? [regionValues[i]] : [])].join(","));
    save(`${frames.name}.csv`, new Blob([[header, ...lines].join("\n") + "\n"], { type: "text/csv" }));
  }
  function remember() {
    if (!data.address) return;
    const { moment, mode, region } = state;
    const parts = [`t=${moment}`, `map=${mode}`, ...(region ? [`at=${[region.r0, region.c0, region.r1, region.c1]}`] : [])];
    try { history.replaceState(null, "", `#${parts.join("&")}`); } catch { /* some viewers have no address */ }
  }
  const fit = new ResizeObserver(() => {
    for (const plot of plots) plot.setSize({ width: Math.max(260, side.clientWidth), height: 165 });
  });
  if (side) fit.observe(side);
  const scheme = matchMedia("(prefers-color-scheme: dark)"), print = matchMedia("print");
  const recolour = () => plots.forEach((plot) => plot.redraw(false, true));
  scheme.addEventListener("change", recolour);
  print.addEventListener("change", recolour);

  const asked = new URLSearchParams(data.address ? location.hash.slice(1) : "");
  if (maps && ["mean", "instant"].includes(asked.get("map"))) state.mode = asked.get("map");
  const at = asked.get("at")?.split(",").map(Number);
  tell();
  go(Number(asked.get("t")) || 0);
  if (maps && at?.length === 4 && at.every((of) => of >= 0) && at[2] < maps.grid.rows && at[3] < maps.grid.columns)
    choose({ r0: at[0], c0: at[1], r1: at[2], c1: at[3] });
  root.dataset.ready = "";
  return () => {
    state.playing = false;
    fit.disconnect();
    scheme.removeEventListener("change", recolour);
    print.removeEventListener("change", recolour);
    plots.forEach((plot) => plot.destroy());
    element.replaceChildren();
  };
}
