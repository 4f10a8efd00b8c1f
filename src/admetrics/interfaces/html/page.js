"use strict";
// What makes the report move. `report.show()` may be called again when figures or tables have changed.
const report = (() => {
  let page;

  // Charts. Expressions are interpreted, not compiled: the page allows no code but its own (Content-Security-Policy).
  const shown = new Map();
  const draw = async (plot, grain) => {
    const specs = page.charts[plot.dataset.chart];
    const spec = specs[grain] || specs.days || specs;
    const shape = JSON.stringify(spec);
    const before = shown.get(plot);
    if (before && before.shape === shape) { // the same chart of other figures: nothing flickers
      await before.view.data(spec.data.name, page.data[spec.data.name]).runAsync();
      return;
    }
    plot.style.minHeight = `${plot.offsetHeight}px`; // what stands below stays where it is
    if (before) { before.finalize(); }
    const { view, finalize } = await window.vegaEmbed(plot, { ...spec, datasets: page.data }, {
      mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false, config: page.config,
      tooltip: { disableDefaultStyle: true, theme: "page" },
    });
    shown.set(plot, { shape, view, finalize });
    plot.style.minHeight = "";
  };
  const drawAll = async (selector, grain) => {
    for (const [plot, { finalize }] of shown) {
      if (!plot.isConnected) { finalize(); shown.delete(plot); }
    }
    for (const plot of document.querySelectorAll(selector)) { await draw(plot, grain); }
    document.documentElement.dataset.drawn = grain;
  };
  let drawing = Promise.resolve();
  const redraw = (selector) => {
    const chosen = document.querySelector("input[name=grain]:checked");
    drawing = drawing.then(() => drawAll(selector, chosen ? chosen.value : "days"));
  };

  // Tables. A header becomes a button; cells without a value stay last, whichever way a column is sorted.
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent : cell.dataset.value;
  };
  const arrange = (table) => {
    const header = table.tHead.querySelector("th[aria-sort]");
    if (!header) { return; }
    const [column, numeric] = [header.cellIndex, header.dataset.type === "number"];
    const sign = header.getAttribute("aria-sort") === "ascending" ? 1 : -1;
    const compare = (left, right) => {
      const [a, b] = [valueOf(left, column), valueOf(right, column)];
      if (a === "" || b === "") { return (a === "") - (b === ""); }
      return sign * (numeric ? a - b : a.localeCompare(b, undefined, { numeric: true }));
    };
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
  };
  const sortBy = (header) => {
    const ascending = header.hasAttribute("aria-sort") ? header.getAttribute("aria-sort") !== "ascending"
      : header.dataset.type !== "number";
    for (const other of header.parentElement.cells) { other.removeAttribute("aria-sort"); }
    header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    arrange(header.closest("table"));
  };
  const makeButton = (header) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
  };

  // One currency at a time; a part of a name.
  const choose = () => {
    const currency = document.getElementById("currency");
    if (!currency) { return; }
    for (const cell of document.querySelectorAll("[data-currency]")) {
      cell.hidden = cell.dataset.currency !== currency.value;
    }
  };
  const find = () => {
    const field = document.getElementById("find");
    const wanted = field ? field.value.toLowerCase() : "";
    for (const row of document.querySelectorAll("#breakdown tbody tr")) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
    }
  };

  document.addEventListener("change", ({ target }) => {
    if (target.name === "grain") { redraw("[data-trend]"); }
    if (target.id === "currency") { choose(); }
  });
  document.addEventListener("input", ({ target }) => { if (target.id === "find") { find(); } });
  document.addEventListener("click", ({ target }) => {
    const header = target.closest("table[data-sortable] th");
    if (header && target.closest("button")) { sortBy(header); }
  });

  const show = () => {
    page = JSON.parse(document.getElementById("figures").textContent);
    redraw("[data-chart]");
    document.querySelectorAll("table[data-sortable] thead th:not(:has(button))").forEach(makeButton);
    document.querySelectorAll("table[data-sortable]").forEach(arrange);
    choose();
    find();
    for (const control of document.querySelectorAll(".controls")) { control.hidden = false; }
  };
  return { show };
})();
report.show();
