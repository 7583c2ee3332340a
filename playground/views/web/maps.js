// Maps: numbers from the server as typed arrays, and canvases that show them, one cell per number.
(() => {
  const { el } = PG;

  // ---- payloads of views/tiles.py and views/field.py
  const floats = (base64) => new Float32Array(PG.bytes(base64).buffer);
  PG.floats = floats;

  // {shape: [tiles, rows, columns], tile(u): Float32Array, exact}
  PG.unpackMaps = ({ dtype, shape, data, low, range }) => {
    const [, rows, columns] = shape,
      size = rows * columns;
    if (dtype === 'f4') {
      const all = floats(data);
      return { shape, exact: true, tile: (u) => all.subarray(u * size, (u + 1) * size) };
    }
    const steps = new Uint16Array(PG.bytes(data).buffer),
      lows = floats(low),
      ranges = floats(range);
    const tile = (u) => Float32Array.from(steps.subarray(u * size, (u + 1) * size), (s) => lows[u] + (s / 65535) * ranges[u]);
    return { shape, exact: false, tile };
  };

  // ---- colours: amounts start at paper; signed numbers have zero in the middle
  const largest = (values) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const negative = (values) => values.some((v) => v < 0);
  PG.shades = (values, signed = negative(values), most = largest(values)) => {
    const ramp = PG.ramp(signed ? '--signed' : '--amount');
    return (v) => ramp(signed ? 0.5 + (most ? v / most : 0) / 2 : most ? v / most : 0);
  };
  PG.largest = largest;

  // ---- one canvas: `colour(i)` -> [r, g, b] of cell i; cells stay sharp, however large
  PG.paint = (canvas, w, h, rows, columns, colour) => {
    const small = el('canvas', { width: columns, height: rows }),
      pen = small.getContext('2d'),
      image = pen.createImageData(columns, rows);
    for (let i = 0; i < rows * columns; i += 1) {
      const c = colour(i);
      image.data.set([c[0], c[1], c[2], c[3] ?? 255], i * 4);
    }
    pen.putImageData(image, 0, 0);
    const g = PG.size(canvas, w, h);
    g.imageSmoothingEnabled = false;
    g.drawImage(small, 0, 0, w, h);
    return g;
  };
  PG.mapCanvas = (w, values, rows, columns, signed, most) => {
    const canvas = el('canvas'),
      shade = PG.shades(values, signed, most);
    PG.paint(canvas, w, Math.max(1, Math.round((w * rows) / columns)), rows, columns, (i) => shade(values[i]));
    return canvas;
  };

  // Which cell of a rows x columns canvas the pointer is in.
  PG.cellAt = (event, canvas, rows, columns) => {
    const box = canvas.getBoundingClientRect(),
      inside = (v, n) => Math.min(n - 1, Math.max(0, Math.floor(v)));
    return [
      inside(((event.clientY - box.top) / box.height) * rows, rows),
      inside(((event.clientX - box.left) / box.width) * columns, columns),
    ];
  };

  // ---- numbers: four significant digits, as a reader writes them
  PG.four = (v) => {
    if (v === 0) return '0';
    const size = Math.abs(v),
      text = size < 1e-4 || size >= 1e6 ? size.toExponential(3) : Number(size.toPrecision(4)).toString();
    return (v < 0 ? '\u2212' : '') + text;
  };
  // A share that is nearly all is written out far enough to be told from 1.
  PG.share = (v) => (v > 0.999 && v < 1 ? v.toFixed(6) : PG.four(v));
  PG.fixed = (v, digits = 4) => (Math.abs(v) >= 1e5 ? PG.four(v) : PG.minus(Math.abs(v) < 0.5 * 10 ** -digits ? 0 : v, digits));

  // ---- a picture in the page as pixels: Uint8ClampedArray rgba
  PG.pixelsOf = async (base64, side) => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${base64}`;
    await picture.decode();
    const canvas = el('canvas', { width: side, height: side }),
      g = canvas.getContext('2d', { willReadFrequently: true });
    g.drawImage(picture, 0, 0, side, side);
    return g.getImageData(0, 0, side, side).data;
  };
  // Ink is dark on paper in both themes' own colours; photos keep theirs.
  PG.pictureColour = (rgba, grey) => {
    const ramp = PG.ramp('--amount');
    return grey ? (i) => ramp(rgba[i * 4] / 255) : (i) => rgba.subarray(i * 4, i * 4 + 3);
  };
  PG.pictureCanvas = (w, picture) => {
    const canvas = el('canvas');
    PG.paint(canvas, w, w, picture.side, picture.side, PG.pictureColour(picture.rgba, picture.grey));
    return canvas;
  };
})();
