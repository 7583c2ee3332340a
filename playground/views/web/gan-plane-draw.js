// How a plane is drawn: colours, the discriminator's surface, points by the hundred, the generator's grid, arrows.
(() => {
  const SHOWN = { light: 0.46, dark: 0.38 }; // how far into the signed ramp the surface goes: points must stand out from it
  const PULL = 0.06; // an arrow is this many times the gradient, the same in every picture: where none is seen, none is felt
  const LONGEST_ARROW = 0.14; // of the picture's width

  // Real is the teal arm of the signed ramp, fake the crimson one, everywhere in this room.
  PG.ganInk = () => {
    const stops = PG.token('--signed').split(',').map((one) => one.trim());
    return { fake: stops[1], real: stops[7], ink: PG.token('--c-ink'), ink2: PG.token('--c-ink-2'), paper: PG.token('--c-card'), line: PG.token('--c-line') };
  };

  // A table of 256 colours as 32-bit numbers, for byte maps with 128 as paper.
  PG.ganLut = (strength = PG.dark() ? SHOWN.dark : SHOWN.light) => {
    const ramp = PG.ramp('--signed'),
      bytes = new Uint8ClampedArray(1024);
    for (let i = 0; i < 256; i += 1) bytes.set([...ramp(0.5 + ((i - 128) / 255) * strength), 255], i * 4);
    return new Uint32Array(bytes.buffer);
  };

  // Paints a square byte map into a small canvas that is then drawn large and smooth.
  PG.ganMap = () => {
    const canvas = document.createElement('canvas');
    let image = null,
      pixels = null;
    return (values, side, lut) => {
      if (canvas.width !== side || !image) {
        canvas.width = canvas.height = side;
        image = canvas.getContext('2d').createImageData(side, side);
        pixels = new Uint32Array(image.data.buffer);
      }
      for (let i = 0; i < pixels.length; i += 1) pixels[i] = lut[values[i] | 0];
      canvas.getContext('2d').putImageData(image, 0, 0);
      return canvas;
    };
  };

  // ---- shapes, many at a time in one path; `weights`, one a point, make some larger
  const discs = (g, place, points, size, weights) => {
    g.beginPath();
    for (let i = 0; i < points.length; i += 2) {
      const x = place.x(points[i]),
        y = place.y(points[i + 1]),
        r = weights ? size * weights[i / 2] : size;
      g.moveTo(x + r, y);
      g.arc(x, y, r, 0, 6.2832);
    }
  };
  const diamonds = (g, place, points, size, weights) => {
    g.beginPath();
    for (let i = 0; i < points.length; i += 2) {
      const x = place.x(points[i]),
        y = place.y(points[i + 1]),
        r = weights ? size * weights[i / 2] : size;
      g.moveTo(x, y - r);
      g.lineTo(x + r, y);
      g.lineTo(x, y + r);
      g.lineTo(x - r, y);
      g.closePath();
    }
  };
  const rimmed = (g, fill, rim, width) => {
    g.strokeStyle = rim;
    g.lineWidth = width;
    g.stroke();
    g.fillStyle = fill;
    g.fill();
  };
  PG.ganReal = (g, place, points, r, ink, weights) => {
    discs(g, place, points, r, weights);
    rimmed(g, ink.real, ink.paper, r * 0.5);
  };
  PG.ganFake = (g, place, points, r, ink, weights) => {
    diamonds(g, place, points, r * 1.35, weights);
    rimmed(g, ink.fake, ink.paper, r * 0.5);
  };
  PG.ganPlace = ([x0, x1, y0, y1], w, h = w) => ({ x: (v) => ((v - x0) / (x1 - x0)) * w, y: (v) => ((y1 - v) / (y1 - y0)) * h });

  // The generator's grid: cells tinted by how densely they hold the noise, lines on top. 1-D noise is a single line.
  const DENSE = 6;
  PG.ganGrid = (g, place, grid, rows, columns, ink, small = false) => {
    const X = (r, c) => place.x(grid[(r * columns + c) * 2]),
      Y = (r, c) => place.y(grid[(r * columns + c) * 2 + 1]);
    g.strokeStyle = g.fillStyle = ink.fake;
    if (rows > 1 && !small) tint(g, X, Y, rows, columns, Math.abs(place.x(1) - place.x(0)));
    g.beginPath();
    for (let r = 0; r < rows; r += 1) for (let c = 0; c < columns; c += 1) (c ? g.lineTo : g.moveTo).call(g, X(r, c), Y(r, c));
    if (rows > 1) for (let c = 0; c < columns; c += 1) for (let r = 0; r < rows; r += 1) (r ? g.lineTo : g.moveTo).call(g, X(r, c), Y(r, c));
    g.globalAlpha = rows > 1 ? 0.4 : 0.9;
    g.lineWidth = small ? 0.5 : rows > 1 ? 0.75 : 2;
    g.stroke();
    g.globalAlpha = 1;
  };
  const tint = (g, X, Y, rows, columns, unit) => {
    const paths = Array.from({ length: DENSE }, () => new Path2D()),
      usual = (unit * 0.2) ** 2;
    for (let r = 0; r + 1 < rows; r += 1) {
      for (let c = 0; c + 1 < columns; c += 1) {
        const [ax, ay, bx, by] = [X(r, c), Y(r, c), X(r, c + 1), Y(r, c + 1)],
          [cx, cy, dx, dy] = [X(r + 1, c + 1), Y(r + 1, c + 1), X(r + 1, c), Y(r + 1, c)];
        const area = Math.abs((cx - ax) * (dy - by) - (dx - bx) * (cy - ay)) / 2;
        const path = paths[Math.min(DENSE - 1, Math.floor((DENSE * usual) / (usual + area * 4)))];
        path.moveTo(ax, ay);
        path.lineTo(bx, by);
        path.lineTo(cx, cy);
        path.lineTo(dx, dy);
        path.closePath();
      }
    }
    paths.forEach((path, i) => {
      g.globalAlpha = 0.05 + 0.07 * i;
      g.fill(path);
    });
  };
  PG.ganArrows = (g, place, points, arrows, ink, w) => {
    const head = Math.max(2.5, w / 140),
      longest = w * LONGEST_ARROW;
    g.beginPath();
    for (let i = 0; i < points.length && i < arrows.length; i += 2) {
      const x = place.x(points[i]),
        y = place.y(points[i + 1]),
        fullX = place.x(points[i] + arrows[i] * PULL) - x,
        fullY = place.y(points[i + 1] + arrows[i + 1] * PULL) - y,
        long = Math.hypot(fullX, fullY);
      if (long < 1) continue;
      const cut = Math.min(1, longest / long),
        [dx, dy] = [fullX * cut, fullY * cut],
        [ux, uy] = [fullX / long, fullY / long];
      g.moveTo(x, y);
      g.lineTo(x + dx, y + dy);
      g.moveTo(x + dx - head * (ux - uy * 0.6), y + dy - head * (uy + ux * 0.6));
      g.lineTo(x + dx, y + dy);
      g.lineTo(x + dx - head * (ux + uy * 0.6), y + dy - head * (uy - ux * 0.6));
    }
    g.strokeStyle = ink.ink;
    g.lineWidth = 1;
    g.globalAlpha = 0.75;
    g.stroke();
    g.globalAlpha = 1;
  };
})();
