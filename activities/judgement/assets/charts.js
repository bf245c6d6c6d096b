// Draws the charts of the page's data with uPlot: lines and points over days or numbers.
(() => {
  const { color, gridded, keepDrawn } = plots;
  const charts = JSON.parse(document.getElementById("charts-data").textContent);
  const HEIGHT = 260;
  const short = (_, value) => (value == null ? "–" : Number(value.toPrecision(4)).toString());

  const seriesOf = ({ label, color: name, look }) => ({
    label,
    stroke: color(name),
    width: 1.5,
    value: short,
    spanGaps: false,
    ...(look === "dashed" ? { dash: [5, 4] } : {}),
    ...(look === "points"
      ? { paths: () => null, points: { show: true, size: 6, fill: color(name) } }
      : { points: { show: false } }),
  });

  function draw(holder) {
    const { axis, x, series } = charts[Number(holder.dataset.chart)];
    if (x.length === 0) {
      holder.textContent = "There is nothing to draw.";
      return null;
    }
    const isDate = axis === "date";
    const options = {
      width: holder.clientWidth,
      height: HEIGHT,
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "UTC"),
      scales: { x: { time: isDate } },
      axes: [gridded({}), gridded({ size: 64 })],
      series: [
        isDate ? { label: "day", value: "{YYYY}-{MM}-{DD}" } : { label: "x", value: short },
        ...series.map(seriesOf),
      ],
    };
    return new uPlot(options, [x, ...series.map(({ values }) => values)], holder);
  }

  keepDrawn("[data-chart]", HEIGHT, draw);
})();
