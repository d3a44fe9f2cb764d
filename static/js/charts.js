// Price charts: draws what the server worked out (mtgintel/core/charts.py) with
// lightweight-charts, and adds a cursor for pointer and keyboard. Figures are found in
// the page by [data-chart]; their data stands in a JSON script inside.

import { clockLabel, moneyLabel, utcLabel } from "./figures.js";
import { onThemeChange } from "./theme.js";

const { createChart, AreaSeries, LineSeries, LineStyle, CrosshairMode } =
  window.LightweightCharts;
const DASHES = [LineStyle.Solid, LineStyle.Dashed, LineStyle.Dotted];
const DAY = 24 * 60 * 60;
const TEN = 10;
const ANNOUNCE_MS = 400;
const charts = new Set();

/** Draw the charts under `root`, and forget those that left the page. */
function drawCharts(root) {
  for (const chart of charts) {
    if (!chart.figure.isConnected) {
      chart.remove();
      charts.delete(chart);
    }
  }
  for (const figure of root.querySelectorAll("[data-chart]")) {
    charts.add(new PriceChart(figure));
  }
}

class PriceChart {
  constructor(figure) {
    this.figure = figure;
    this.data = JSON.parse(figure.querySelector("script").textContent);
    this.frame = figure.querySelector(".chart__canvas");
    this.readout = figure.querySelector(".chart__readout");
    this.frame.replaceChildren();
    this.chart = createChart(this.frame, this.options());
    this.lines = this.data.lines.map((line) => this.draw(line));
    this.keepTime();
    this.marks = new Marks(this.chart, this.data.marks);
    this.paint();
    this.chart.timeScale().fitContent();
    this.chart.subscribeCrosshairMove((event) => this.onCrosshair(event));
    this.listenToKeys();
    this.listenToLegend();
  }

  options() {
    const { currency } = this.data;
    return {
      autoSize: true,
      localization: {
        locale: "en-GB",
        priceFormatter: (value) => moneyLabel(value.toFixed(3), currency),
        timeFormatter: (time) => this.momentLabel(time),
      },
      layout: {
        // Its logo injects a style element; the credit stands in the footer.
        attributionLogo: false,
        fontFamily: getComputedStyle(this.frame).fontFamily,
        fontSize: 12,
      },
      rightPriceScale: {
        borderVisible: false,
        entireTextOnly: true,
        scaleMargins: { top: 0.08, bottom: 0.08 },
      },
      timeScale: {
        borderVisible: false,
        timeVisible: this.isWithinDays(),
        secondsVisible: false,
        minBarSpacing: 0.2,
        ...(this.countsDays() && { tickMarkFormatter: (time) => `${time / DAY}` }),
      },
      crosshair: { mode: CrosshairMode.Magnet },
      // The wheel and a vertical swipe belong to the page.
      handleScroll: { mouseWheel: false, vertTouchDrag: false },
      handleScale: { mouseWheel: false },
    };
  }

  /** Whether times count from an event, and not from a moment. */
  countsDays() {
    return this.data.counts === "days";
  }

  isWithinDays() {
    return this.data.bucket === null || this.data.bucket < DAY;
  }

  momentLabel(time) {
    if (this.countsDays()) return `Day ${time / DAY}`;
    const moment = new Date(time * 1000);
    const label = utcLabel(moment);
    return this.isWithinDays() ? label : label.replace(` ${clockLabel(moment)} UTC`, "");
  }

  /** One series for each unbroken stretch: a line never bridges a gap. */
  draw(line) {
    const isArea = this.figure.dataset.chart === "area";
    const stretches = line.stretches.map(({ time, value }) => {
      const points = time.map((at, index) => ({ time: at, value: Number(value[index]) }));
      const series = this.chart.addSeries(isArea ? AreaSeries : LineSeries, {
        lineWidth: 2,
        lineStyle: DASHES[line.dash],
        priceLineVisible: false,
        lastValueVisible: false,
        // A lonely point has no line to show it.
        pointMarkersVisible: points.length === 1,
      });
      series.setData(points);
      return { series, points };
    });
    return { ...line, isArea, stretches, isShown: true };
  }

  /** Whitespace for every bucket, so that missing days take their space. */
  keepTime() {
    const { bucket } = this.data;
    const times = this.times();
    if (bucket === null || times.length < 2) return;
    const grid = [];
    for (let time = times[0]; time <= times.at(-1); time += bucket) grid.push({ time });
    this.chart.addSeries(LineSeries, { lastValueVisible: false }).setData(grid);
  }

  paint() {
    const ink = (name) => resolved(this.figure, `var(--${name})`);
    this.chart.applyOptions({
      layout: { background: { color: "transparent" }, textColor: ink("ink-faint") },
      grid: { vertLines: { visible: false }, horzLines: { color: ink("line") } },
      crosshair: {
        vertLine: { color: ink("line-strong"), labelBackgroundColor: ink("ink-soft") },
        horzLine: { color: ink("line-strong"), labelBackgroundColor: ink("ink-soft") },
      },
    });
    this.marks.paint(ink("ink-faint"));
    for (const line of this.lines) {
      const color = ink(`series-${line.ink}`);
      const options = line.isArea
        ? { lineColor: color, topColor: faded(color, 0.22), bottomColor: faded(color, 0) }
        : { color };
      for (const { series } of line.stretches) series.applyOptions(options);
    }
  }

  // --- what is where ---------------------------------------------------------------

  times() {
    const all = this.lines.flatMap((line) =>
      line.isShown ? line.stretches.flatMap(({ points }) => points.map((p) => p.time)) : [],
    );
    return [...new Set(all)].sort((a, b) => a - b);
  }

  /** [line, series, value] of every shown line that has an observation at `time`. */
  at(time) {
    return this.lines.flatMap((line) => {
      if (!line.isShown) return [];
      for (const { series, points } of line.stretches) {
        const point = points.find((each) => each.time === time);
        if (point) return [[line, series, point.value]];
      }
      return [];
    });
  }

  // --- reading ---------------------------------------------------------------------

  onCrosshair({ time }) {
    this.read(time);
  }

  /** Say what every line is worth at `time`, or was last. */
  read(time) {
    const values = new Map(this.at(time).map(([line, , value]) => [line.key, value]));
    this.readout.replaceChildren();
    if (time !== undefined) this.readout.append(this.momentLabel(time));
    for (const line of this.lines) {
      const shown = time === undefined ? latest(line) : values.get(line.key);
      const text = shown === undefined ? "–" : moneyLabel(shown, this.data.currency);
      const place = this.legendValue(line);
      if (place) place.textContent = text;
      else if (time !== undefined) this.readout.append(strong(text));
    }
  }

  legendValue(line) {
    const button = this.figure.querySelector(`[data-line="${CSS.escape(line.key)}"]`);
    return button?.querySelector(".legend__value");
  }

  /** The same, spoken. */
  words(time) {
    const figures = this.at(time).map(
      ([line, , value]) => `${line.label} ${moneyLabel(value, this.data.currency)}`,
    );
    return `${this.momentLabel(time)}: ${figures.join(", ")}`;
  }

  listenToKeys() {
    this.frame.addEventListener("keydown", (event) => {
      const times = this.times();
      const next = this.step(event.key, times.length);
      if (next === null) return;
      event.preventDefault();
      this.cursor = next;
      this.point(times[next]);
    });
    this.frame.addEventListener("blur", () => {
      this.cursor = undefined;
      this.chart.clearCrosshairPosition();
      this.read(undefined);
    });
  }

  /** Where a key moves the cursor; null if it is not one of ours. */
  step(key, length) {
    const last = length - 1;
    const from = Math.min(this.cursor ?? last + 1, last + 1);
    const places = {
      ArrowLeft: from - 1,
      ArrowRight: from + 1,
      PageUp: from - TEN,
      PageDown: from + TEN,
      Home: 0,
      End: last,
    };
    if (length === 0 || !(key in places)) return null;
    return Math.max(0, Math.min(last, places[key]));
  }

  point(time) {
    const [, series, value] = this.at(time)[0];
    this.chart.setCrosshairPosition(value, time, series);
    this.read(time);
    clearTimeout(this.announcement);
    this.announcement = setTimeout(() => {
      this.figure.querySelector("[aria-live]").textContent = this.words(time);
    }, ANNOUNCE_MS);
  }

  listenToLegend() {
    for (const button of this.figure.querySelectorAll("button[data-line]")) {
      button.disabled = false;
      button.addEventListener("click", () => {
        const line = this.lines.find((each) => each.key === button.dataset.line);
        line.isShown = !line.isShown;
        button.setAttribute("aria-pressed", String(line.isShown));
        for (const { series } of line.stretches) {
          series.applyOptions({ visible: line.isShown });
        }
      });
    }
  }

  // --- growing ---------------------------------------------------------------------

  addPoint(key, time, value) {
    const stretch = this.lines.find((line) => line.key === key)?.stretches.at(-1);
    if (!stretch) return;
    const last = stretch.points.at(-1);
    const step = this.data.bucket ?? 1;
    // Buckets start where the points before did: weeks do not start with the epoch.
    const at = last.time + Math.floor((time - last.time) / step) * step;
    if (at < last.time) return;
    if (at === last.time) last.value = value;
    else stretch.points.push({ time: at, value });
    stretch.series.update({ time: at, value });
    this.read(undefined);
  }

  remove() {
    clearTimeout(this.announcement);
    this.chart.remove();
  }
}

/** Dashed lines from top to bottom at moments when a stream changed what it measures. */
class Marks {
  constructor(chart, marks) {
    this.chart = chart;
    this.marks = marks;
    chart.panes()[0].attachPrimitive(this);
  }

  attached({ requestUpdate }) {
    this.requestUpdate = requestUpdate;
  }

  paint(color) {
    this.color = color;
    this.requestUpdate?.();
  }

  paneViews() {
    return [{ renderer: () => ({ draw: (target) => this.draw(target) }) }];
  }

  draw(target) {
    target.useMediaCoordinateSpace(({ context, mediaSize }) => {
      context.strokeStyle = this.color;
      context.setLineDash([3, 3]);
      for (const { time } of this.marks) {
        const x = this.place(time);
        if (x === null) continue;
        context.beginPath();
        context.moveTo(x, 0);
        context.lineTo(x, mediaSize.height);
        context.stroke();
      }
    });
  }

  /** Where the nearest moment on the time scale is. */
  place(time) {
    const scale = this.chart.timeScale();
    const index = scale.timeToIndex(time, true);
    return index === null ? null : scale.logicalToCoordinate(index);
  }
}

function latest(line) {
  return line.stretches.at(-1)?.points.at(-1)?.value;
}

function strong(text) {
  const element = document.createElement("strong");
  element.textContent = text;
  return element;
}

/** A colour of the style sheet as the browser computes it: rgb(…). */
function resolved(element, color) {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.color = color;
  element.append(probe);
  const answer = getComputedStyle(probe).color;
  probe.remove();
  return answer;
}

function faded(rgb, alpha) {
  return rgb.replace("rgb(", "rgba(").replace(")", `, ${alpha})`);
}

drawCharts(document);
onThemeChange(() => charts.forEach((chart) => chart.paint()));
document.addEventListener("panel:replaced", ({ target }) => drawCharts(target));
document.addEventListener("price:observed", ({ detail }) => {
  const { key, time, amount } = detail;
  charts.forEach((chart) => chart.addPoint(key, time, Number(amount)));
});
