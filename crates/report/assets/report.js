"use strict";
(() => {
  const spec = JSON.parse(document.getElementById("spec").textContent);
  const root = document.documentElement;
  const dash = [[], [8, 4], [3, 3], [10, 3, 3, 3]];
  const charts = [];
  let columns = [], times = [], blocks = [], blockAt = new Map(), netuid = spec.netuid, zoom = null, linking = false;

  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  // The numbers: gzip in base64; of each column first the lowest bytes of all numbers, then the next ones.
  async function unpack() {
    const text = document.getElementById("numbers").textContent.trim();
    const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    return spec.columns.map(({ width, length, offset }) => {
      const plain = new Uint8Array(width * length);
      for (let byte = 0; byte < width; byte++) {
        for (let i = 0; i < length; i++) plain[i * width + byte] = bytes[offset + byte * length + i];
      }
      if (width === 8) return new Float64Array(plain.buffer);
      const whole = new Uint32Array(plain.buffer);
      for (let i = 1; i < length; i++) whole[i] += whole[i - 1];
      return whole;
    });
  }

  // Six significant digits, as the tables' numbers are read.
  function shown(value) {
    if (value == null) return "–";
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size < 1e-4 || size >= 1e9) return value.toExponential(4);
    return value.toLocaleString("en", { maximumSignificantDigits: 6 });
  }
  const utc = (seconds) => new Date(seconds * 1e3).toISOString().slice(0, 19).replace("T", " ");
  const at = (seconds) => `${utc(seconds)} UTC, block ${blockAt.get(seconds)}`;

  // All lines on one axis of time; a line has no value where it has no point.
  function joined(lines) {
    const all = new Set();
    for (const line of lines) for (const place of columns[line.x]) all.add(place);
    const places = Uint32Array.from(all).sort();
    const index = new Map();
    places.forEach((place, i) => index.set(place, i));
    const x = Array.from(places, (place) => times[place]);
    const ys = lines.map((line) => {
      const y = new Array(places.length).fill(null);
      columns[line.x].forEach((place, i) => { y[index.get(place)] = columns[line.y][i]; });
      return y;
    });
    return [x, ...ys];
  }

  function nearest(u, series, i) {
    if (series === 0) return i;
    const y = u.data[series], x = u.data[0];
    if (y[i] != null) return i;
    let before = i, after = i;
    while (before >= 0 && y[before] == null) before--;
    while (after < y.length && y[after] == null) after++;
    if (before < 0) return after < y.length ? after : i;
    if (after >= y.length) return before;
    return x[i] - x[before] <= x[after] - x[i] ? before : after;
  }

  function events(u) {
    const { ctx } = u, { left, top, width, height } = u.bbox, ratio = devicePixelRatio;
    const [from, to] = [u.scales.x.min, u.scales.x.max];
    const inView = spec.events.filter((e) => e.time >= from && e.time <= to && (e.netuid == null || e.netuid === netuid));
    const minor = inView.filter((e) => e.minor);
    ctx.save();
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = "center";
    if (minor.length <= 60) {
      ctx.strokeStyle = colour("--rule");
      ctx.lineWidth = ratio;
      for (const event of minor) line(u.valToPos(event.time, "x", true), top + height - 8 * ratio);
    }
    ctx.strokeStyle = colour("--soft");
    ctx.fillStyle = colour("--soft");
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.lineWidth = ratio;
    let last = -Infinity, number = 0;
    for (const event of spec.events) {
      if (event.minor) continue;
      number++;
      if (!inView.includes(event)) continue;
      const x = u.valToPos(event.time, "x", true);
      line(x, top);
      if (x - last > 14 * ratio && x >= left && x <= left + width) {
        ctx.fillText(String(number), x, top - 4 * ratio);
        last = x;
      }
    }
    ctx.restore();
    function line(x, from) {
      ctx.beginPath();
      ctx.moveTo(x, from);
      ctx.lineTo(x, top + height);
      ctx.stroke();
    }
  }

  function build(chart) {
    const element = document.querySelector(`[data-chart="${chart.spec.id}"]`);
    chart.plot?.destroy();
    const lines = chart.spec.lines.filter((line) => line.netuid == null || line.netuid === netuid);
    chart.lines = lines;
    element.replaceChildren();
    if (!lines.some((line) => columns[line.x].length)) {
      chart.plot = null;
      element.append(Object.assign(document.createElement("p"), { className: "note", textContent: "Nothing was recorded of this." }));
      return;
    }
    const raw = joined(lines), data = raw.slice();
    if (chart.spec.stacked) {
      for (let i = 2; i < data.length; i++) data[i] = raw[i].map((v, k) => (v ?? 0) + (data[i - 1][k] ?? 0));
    }
    if (chart.log) {
      for (let i = 1; i < data.length; i++) data[i] = data[i].map((v) => (v > 0 ? v : null));
    }
    chart.raw = raw;
    const width = element.clientWidth, narrow = width < 520;
    const axis = (more) => ({
      stroke: colour("--soft"), grid: { stroke: colour("--grid"), width: 1 }, ticks: { stroke: colour("--grid"), width: 1 },
      font: "12px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif", ...more,
    });
    const tick = (v) => (Math.abs(v) >= 1e4 ? v.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 4 }) : shown(v));
    const values = (u, splits) => splits.map((v) => (v == null ? "" : tick(v)));
    const options = {
      width, height: narrow ? 260 : 320, padding: [16, 20, 0, 0],
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), "Etc/UTC"),
      fmtDate: (template) => uPlot.fmtDate(template),
      scales: { x: { time: true }, y: { distr: chart.log ? 3 : 1, ...(chart.spec.stacked && !chart.log ? { range: (u, min, max) => [0, max * 1.02] } : {}) }, right: { distr: chart.log ? 3 : 1 } },
      axes: [
        axis({ values: dates }),
        axis({ scale: "y", values, size: narrow ? 52 : 68, label: chart.spec.left, labelSize: 20 }),
        ...(chart.spec.right && lines.some((line) => line.right)
          ? [axis({ scale: "right", side: 1, values, size: narrow ? 52 : 68, label: chart.spec.right, labelSize: 20, grid: { show: false } })]
          : []),
      ],
      cursor: { sync: { key: "dtao", setSeries: false, filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } }, drag: { x: true, y: false, setScale: true }, dataIdx: nearest, points: { size: 6 } },
      legend: { live: true, markers: { width: 0, fill: (u, i) => (i ? colour(`--c${(i - 1) % 8}`) : "transparent") } },
      series: [
        { label: "Time", value: (u, v) => (v == null ? "–" : at(v)) },
        ...lines.map((line, i) => ({
          label: line.name, scale: line.right ? "right" : "y", stroke: colour(`--c${i % 8}`), width: 1.6, spanGaps: true,
          dash: line.dashed ? [6, 4] : dash[Math.floor(i / 8) % 4], points: { show: columns[line.x].length < 40 },
          fill: chart.spec.stacked && !chart.log ? colour(`--c${i % 8}`) + "66" : undefined,
          value: (u, v, series, idx) => shown(idx == null ? null : chart.raw[series][idx]),
        })),
      ],
      bands: chart.spec.stacked && !chart.log ? lines.slice(1).map((_, i) => ({ series: [i + 2, i + 1] })) : [],
      hooks: {
        draw: [events],
        setScale: [(u, key) => { if (key === "x" && !linking) link(u.scales.x.min, u.scales.x.max); }],
      },
    };
    chart.plot = new uPlot(options, data, element);
    if (zoom) quietly(() => chart.plot.setScale("x", { min: zoom[0], max: zoom[1] }));
    const thinned = lines.filter((line) => columns[line.x].length < line.seen);
    const note = element.closest("figure").querySelector(".thinned");
    note.textContent = thinned.length
      ? ` Drawn are ${thinned.reduce((sum, line) => sum + columns[line.x].length, 0).toLocaleString("en")} of ${thinned
          .reduce((sum, line) => sum + line.seen, 0).toLocaleString("en")} values: the lowest and the highest of each ${Math.max(
          ...thinned.map((line) => line.interval))} blocks, as they are in the table.`
      : "";
  }

  // Dates below, times of day where they matter; UTC.
  function dates(u, splits, axis, space, step) {
    let day = null;
    return splits.map((seconds) => {
      const text = utc(seconds), date = new Date(seconds * 1e3).toLocaleDateString("en", { day: "numeric", month: "short", timeZone: "UTC" });
      if (step >= 86400) return date;
      const time = text.slice(11, 16), changed = date !== day;
      day = date;
      return changed ? `${time}\n${date}` : time;
    });
  }

  function quietly(change) {
    linking = true;
    change();
    linking = false;
  }

  const full = () => [times[0], times[times.length - 1]];

  // What one chart shows of the time, all show.
  function link(min, max) {
    if (min == null || max == null || !(max > min)) return;
    const [first, last] = full();
    zoom = min <= first && max >= last ? null : [min, max];
    quietly(() => { for (const { plot } of charts) if (plot && (plot.scales.x.min !== min || plot.scales.x.max !== max)) plot.setScale("x", { min, max }); });
    document.getElementById("whole").disabled = !zoom;
    document.getElementById("span").textContent = zoom ? `${utc(min).slice(0, 16)} to ${utc(max).slice(0, 16)} UTC` : "";
  }

  function keys(chart, element) {
    const reader = element.closest("figure").querySelector(".reader");
    let place = null;
    element.addEventListener("keydown", (event) => {
      const { plot } = chart;
      if (!plot) return;
      const x = plot.data[0], { min, max } = plot.scales.x, middle = place == null ? (min + max) / 2 : x[place];
      const move = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[event.key];
      if (move || event.key === "Home" || event.key === "End") {
        if (event.key === "Home") place = plot.valToIdx(min);
        else if (event.key === "End") place = plot.valToIdx(max);
        else if (place == null) place = plot.valToIdx((min + max) / 2);
        else place = Math.min(x.length - 1, Math.max(0, place + move));
        plot.setCursor({ left: plot.valToPos(x[place], "x"), top: plot.over.clientHeight / 2 });
        reader.textContent = `${at(x[place])}: ` + chart.lines.map((line, i) =>
          `${line.name} ${shown(chart.raw[i + 1][nearest(plot, i + 1, place)])}`).join("; ");
      } else if (event.key === "+" || event.key === "=") link(middle - (max - min) / 4, middle + (max - min) / 4);
      else if (event.key === "-") link(...[middle - (max - min), middle + (max - min)].map((v) => Math.min(full()[1], Math.max(full()[0], v))));
      else if (event.key === "0") link(...full());
      else return;
      event.preventDefault();
    });
    element.addEventListener("dblclick", () => link(...full()));
  }

  function switches(chart, element) {
    const head = element.closest("figure").querySelector(".head"), span = document.createElement("span");
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "log scale" });
    button.setAttribute("aria-pressed", String(chart.log));
    button.addEventListener("click", () => {
      chart.log = !chart.log;
      button.setAttribute("aria-pressed", String(chart.log));
      build(chart);
    });
    span.append(button);
    head.append(span);
  }

  function rebuild() {
    for (const chart of charts) build(chart);
  }

  async function start() {
    if (!spec.charts.length) return;
    columns = await unpack();
    blocks = columns[spec.blocks];
    times = columns[spec.times];
    times.forEach((time, i) => blockAt.set(time, blocks[i]));
    for (const of of spec.charts) {
      const element = document.querySelector(`[data-chart="${of.id}"]`), chart = { spec: of, log: of.log };
      charts.push(chart);
      build(chart);
      keys(chart, element);
      switches(chart, element);
    }
    document.getElementById("whole").addEventListener("click", () => link(...full()));
    document.getElementById("netuid")?.addEventListener("change", (event) => {
      netuid = Number(event.target.value);
      rebuild();
    });
    let width = innerWidth, waiting = 0;
    addEventListener("resize", () => {
      if (width === innerWidth) return;
      width = innerWidth;
      clearTimeout(waiting);
      waiting = setTimeout(rebuild, 80);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", rebuild);
  }

  document.getElementById("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    rebuild();
  });
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((details) => { details.open = true; }));

  // What tests and curious readers can ask.
  const values = (id, name) => {
    const chart = charts.find((other) => other.spec.id === id);
    const line = chart?.lines?.find((other) => other.name === name);
    return line ? Array.from(columns[line.x], (place, i) => [blocks[place], columns[line.y][i]]) : [];
  };
  window.dtao = { charts, values, link, ready: start() };
})();
