// What all pictures share: colours and grids, and to be drawn anew when the reader's scheme or window changes.
const plots = (() => {
  const color = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const gridded = (extra) => ({
    stroke: color("soft"),
    grid: { stroke: color("line"), width: 1 },
    ticks: { stroke: color("line"), width: 1 },
    ...extra,
  });

  // Keeps what `draw` makes of each holder, a plot or null, drawn as wide as the holder is.
  function keepDrawn(selector, height, draw) {
    const holders = [...document.querySelectorAll(selector)];
    let drawn = [];
    function drawAll() {
      for (const plot of drawn) plot?.destroy();
      drawn = holders.map((holder) => {
        holder.replaceChildren();
        return draw(holder);
      });
    }
    drawAll();
    // Colours are read when drawing, so a change of scheme draws anew.
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
    addEventListener("beforeprint", drawAll);
    addEventListener("resize", () => {
      drawn.forEach((plot, i) => plot?.setSize({ width: holders[i].clientWidth, height }));
    });
  }

  return { color, gridded, keepDrawn };
})();
