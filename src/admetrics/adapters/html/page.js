"use strict";
(() => {
  const page = JSON.parse(document.getElementById("figures").textContent);

  // Charts. Expressions are interpreted, not compiled: the page allows no code but its own (Content-Security-Policy).
  const options = {
    mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false, config: page.config,
    tooltip: { disableDefaultStyle: true, theme: "page" },
  };
  const shown = new Map();
  const draw = async (plot, grain) => {
    const specs = page.charts[plot.dataset.chart];
    const spec = specs[grain] || specs.days || specs;
    if (shown.has(plot)) { shown.get(plot).finalize(); }
    shown.set(plot, await window.vegaEmbed(plot, { ...spec, datasets: page.data }, options));
  };
  const plots = [...document.querySelectorAll("[data-chart]")];
  const drawAll = async (which, grain) => {
    for (const plot of which) { await draw(plot, grain); }
    document.documentElement.dataset.drawn = grain;
  };
  drawAll(plots, "days");
  for (const radio of document.querySelectorAll("input[name=grain]")) {
    radio.addEventListener("change", () => drawAll(plots.filter((plot) => "trend" in plot.dataset), radio.value));
  }

  // Tables. A header becomes a button; cells without a value stay last, whichever way a column is sorted.
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent : cell.dataset.value;
  };
  const sort = (table, column, header) => {
    const numeric = header.dataset.type === "number";
    const ascending = header.hasAttribute("aria-sort") ? header.getAttribute("aria-sort") !== "ascending" : !numeric;
    const sign = ascending ? 1 : -1;
    const compare = (left, right) => {
      const [a, b] = [valueOf(left, column), valueOf(right, column)];
      if (a === "" || b === "") { return (a === "") - (b === ""); }
      return sign * (numeric ? a - b : a.localeCompare(b, undefined, { numeric: true }));
    };
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
    for (const other of table.tHead.rows[0].cells) { other.removeAttribute("aria-sort"); }
    header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  };
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    [...table.tHead.rows[0].cells].forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      button.addEventListener("click", () => sort(table, column, header));
      header.append(button);
    });
  }

  // One currency at a time; a part of a name.
  const currency = document.getElementById("currency");
  const choose = () => {
    for (const cell of document.querySelectorAll("[data-currency]")) {
      cell.hidden = cell.dataset.currency !== currency.value;
    }
  };
  if (currency) { currency.addEventListener("change", choose); choose(); }
  const find = document.getElementById("find");
  if (find) {
    find.addEventListener("input", () => {
      const wanted = find.value.toLowerCase();
      for (const row of document.querySelectorAll("#breakdown tbody tr")) {
        row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
      }
    });
  }
  for (const control of document.querySelectorAll(".controls")) { control.hidden = false; }
})();
