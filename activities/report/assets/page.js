// Draws the games of the page's data with uPlot: price band, forecast, ESPN, phases, scores, fills.
(() => {
  const { color, gridded, keepDrawn } = plots;
  const pictures = JSON.parse(document.getElementById("pictures-data").textContent);
  const HEIGHT = 300;
  const FOOT_PERCENT = 6; // Room at the foot of a picture, for the ticks of the scores.
  const HEAD_PERCENT = 9; // Room at its head, for the names of the phases.
  const NEAR = 12; // Pixels within which a mark answers the pointer.

  const percent = (_, value) => (value == null ? "–" : value.toFixed(1));
  const points = (_, value) => (value == null ? "–" : String(value));

  const line = (label, stroke, width = 1.5) => ({
    label,
    stroke,
    width,
    points: { show: false },
    value: percent,
  });
  // A score is read in the legend; it has no line of its own.
  const scoreOf = (label, stroke) => ({
    label,
    stroke,
    scale: "points",
    paths: () => null,
    points: { show: false },
    value: points,
  });

  // Behind everything: every second phase shaded, each one named at the top.
  function drawPhases(plot, picture) {
    const { ctx, bbox } = plot;
    const last = picture.times[picture.times.length - 1];
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textBaseline = "top";
    picture.phases.forEach((phase, i) => {
      const end = i + 1 < picture.phases.length ? picture.phases[i + 1].at : last;
      const left = Math.max(plot.valToPos(phase.at, "x", true), bbox.left);
      const right = plot.valToPos(end, "x", true);
      if (i % 2 === 1) {
        ctx.fillStyle = color("shade");
        ctx.fillRect(left, bbox.top, right - left, bbox.height);
      }
      ctx.fillStyle = color("line");
      ctx.fillRect(left, bbox.top, devicePixelRatio, bbox.height);
      const isWide = right - left > ctx.measureText(phase.name).width + 8 * devicePixelRatio;
      ctx.fillStyle = color("soft");
      if (isWide || i === picture.phases.length - 1) {
        ctx.fillText(phase.name, left + 4 * devicePixelRatio, bbox.top + 3 * devicePixelRatio);
      }
    });
    ctx.restore();
  }

  // In front: scores at the foot, and our fills as triangles, up for entries and down for exits.
  function drawMarks(plot, picture) {
    const { ctx, bbox } = plot;
    const unit = devicePixelRatio;
    const foot = bbox.top + bbox.height;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const score of picture.scored) {
      const x = plot.valToPos(score.at, "x", true);
      const isHome = score.team === "home";
      ctx.fillStyle = color(score.team);
      ctx.fillRect(x, foot - (isHome ? 13 : 6) * unit, 1.5 * unit, 5 * unit);
    }
    for (const mark of picture.marks) {
      const x = plot.valToPos(mark.at, "x", true);
      const y = plot.valToPos(mark.price, "y", true);
      const size = 7 * unit * (mark.kind === "entry" ? 1 : -1);
      ctx.beginPath();
      ctx.moveTo(x, y - size);
      ctx.lineTo(x - 7 * unit, y + size);
      ctx.lineTo(x + 7 * unit, y + size);
      ctx.closePath();
      ctx.fillStyle = color(mark.kind);
      ctx.strokeStyle = color("card");
      ctx.lineWidth = 1.5 * unit;
      ctx.fill();
      ctx.stroke();
    }
    ctx.restore();
  }

  function showNearest(plot, picture, label) {
    const { left, top } = plot.cursor;
    const near = picture.marks.filter(
      (mark) =>
        Math.abs(plot.valToPos(mark.at, "x") - left) < NEAR &&
        Math.abs(plot.valToPos(mark.price, "y") - top) < NEAR,
    );
    label.style.display = near.length > 0 ? "block" : "none";
    label.innerText = near.map((mark) => mark.label).join("\n");
    // On the side that has room.
    const isRight = left > plot.over.clientWidth / 2;
    label.style.left = isRight ? "auto" : `${plot.over.offsetLeft + left + 14}px`;
    label.style.right = isRight ? `${plot.over.clientWidth - left + 14}px` : "auto";
    label.style.top = `${plot.over.offsetTop + Math.max(0, top - 30)}px`;
  }

  function draw(holder) {
    const picture = pictures[Number(holder.dataset.picture)];
    if (picture.times.length === 0) {
      holder.textContent = "Nothing was observed of this game.";
      return null;
    }
    const label = document.createElement("div");
    label.className = "mark-label";
    const market = color("market");
    const options = {
      width: holder.clientWidth,
      height: HEIGHT,
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "America/New_York"),
      scales: { y: { range: [-FOOT_PERCENT, 100 + HEAD_PERCENT] }, points: { range: [0, 200] } },
      axes: [
        { ...gridded(), values: [[3600, "{HH}:{mm}", null, null, null, null, null, null, 1], [60, "{HH}:{mm}", null, null, null, null, null, null, 1], [1, "{HH}:{mm}:{ss}", null, null, null, null, null, null, 1]] },
        {
          ...gridded(),
          size: 48,
          splits: () => [0, 25, 50, 75, 100],
          values: (_, ticks) => ticks.map((tick) => `${tick}¢`),
        },
      ],
      bands: [{ series: [2, 1], fill: color("market-band") }],
      series: [
        { value: "{HH}:{mm}:{ss}", label: "Eastern" },
        line("bid", market, 1),
        line("ask", market, 1),
        line("forecast", color("forecast"), 2),
        line("ESPN", color("espn")),
        scoreOf(picture.away, color("away")),
        scoreOf(picture.home, color("home")),
      ],
      hooks: {
        drawClear: [(plot) => drawPhases(plot, picture)],
        draw: [(plot) => drawMarks(plot, picture)],
        setCursor: [(plot) => showNearest(plot, picture, label)],
      },
    };
    const { times, bid, ask, forecast, espn, homeScore, awayScore } = picture;
    const data = [times, bid, ask, forecast, espn, awayScore, homeScore];
    const plot = new uPlot(options, data, holder);
    holder.append(label);
    return plot;
  }

  keepDrawn(".picture", HEIGHT, draw);
})();
