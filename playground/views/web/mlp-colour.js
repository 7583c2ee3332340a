// Colours of the MLP room as tables of 256 pixels, made once per theme: signed numbers, and classes by how sure.
(() => {
  const pixel = ([r, g, b]) => (255 << 24) | (b << 16) | (g << 8) | r; // as ImageData lies in memory
  const kept = (name, make) => PG.lean.keep(`mlp ${name}`, make);

  // Uint32Array(256): index 128 + v for v of -127..127, zero is the paper.
  const signed = () =>
    kept('signed', () => {
      const ramp = PG.ramp('--signed');
      return Uint32Array.from({ length: 256 }, (_, i) => pixel(ramp((i - 1) / 254)));
    });
  const classes = () =>
    kept('classes', () =>
      PG.token('--classes')
        .split(',')
        .map((s) => s.trim()),
    );
  // Uint32Array(256): index 0 torn between two classes (the paper), 255 quite sure.
  const sure = (k) =>
    kept(`sure${k}`, () => {
      const paper = PG.rgb(PG.token('--c-card')),
        full = PG.rgb(classes()[k]);
      return Uint32Array.from({ length: 256 }, (_, i) =>
        pixel(full.map((c, n) => Math.round(paper[n] + (c - paper[n]) * (i / 255) * 0.72))),
      );
    });
  const inks = () =>
    kept('inks', () => {
      const ramp = PG.ramp('--signed');
      return Array.from({ length: 257 }, (_, i) => PG.str(ramp(i / 256)));
    });
  const css = (value, most) => inks()[Math.round(128 + 128 * Math.max(-1, Math.min(1, most ? value / most : 0)))];

  // Paints `values` (numbers of -127..127) into an ImageData's pixels from `at` on.
  const paintSigned = (pixels, values, hard) => {
    const table = signed();
    for (let i = 0; i < pixels.length; i += 1) pixels[i] = table[hard ? (values[i] > 0 ? 230 : 26) : 128 + Math.round(values[i])];
  };
  // Paints shares (0..255) of K classes, one map after the other; one map alone is the share of class 1 of two.
  const paintClasses = (pixels, shares, maps, hard) => {
    const n = pixels.length;
    if (maps === 1) {
      const tables2 = [sure(0), sure(1)];
      for (let i = 0; i < n; i += 1) {
        const lead = shares[i] * 2 - 255;
        pixels[i] = tables2[lead > 0 ? 1 : 0][hard ? 220 : Math.min(255, Math.round(Math.abs(lead)))];
      }
      return;
    }
    const all = Array.from({ length: maps }, (_, k) => sure(k));
    for (let i = 0; i < n; i += 1) {
      let best = 0,
        first = -1,
        second = -1;
      for (let k = 0; k < maps; k += 1) {
        const v = shares[k * n + i];
        if (v > first) {
          second = first;
          first = v;
          best = k;
        } else if (v > second) second = v;
      }
      pixels[i] = all[best][hard ? 220 : Math.round(first - second)];
    }
  };
  // Uint32Array(256): from the paper at 0 to a class's colour at 255.
  const shareTable = (k) => sure(k);
  PG.mlpColour = { signed, shareTable, classes, css, paintSigned, paintClasses };

  // A small picture that is painted again and again: {canvas, pixels (Uint32Array), show()}
  PG.mlpImage = (w, h) => {
    const canvas = PG.el('canvas', { width: w, height: h }),
      pen = canvas.getContext('2d'),
      image = pen.createImageData(w, h);
    return { canvas, width: w, height: h, pixels: new Uint32Array(image.data.buffer), show: () => pen.putImageData(image, 0, 0) };
  };

  // Values that move from the last frame to the next while the page waits for the one after.
  PG.mlpGlide = () => {
    let from = null,
      to = null,
      now = null;
    const aim = (next) => {
      const same = now && now.length === next.length;
      from = same ? now.slice() : null;
      to = next;
      if (!same) now = Float32Array.from(next);
    };
    const at = (share) => {
      if (!to) return null;
      if (!from || share >= 1) now.set(to);
      else for (let i = 0; i < now.length; i += 1) now[i] = from[i] + (to[i] - from[i]) * share;
      return now;
    };
    return { aim, at, now: () => now };
  };
})();
