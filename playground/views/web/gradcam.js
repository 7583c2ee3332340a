// Heat over a picture: where it speaks for a class. The strongest place is the most opaque.
(() => {
  const { el } = PG;
  const WORDS = {
    here: { en: 'strength', zh: '强度' },
    falls: { en: 'falls by', zh: '下降' },
    rises: { en: 'rises by', zh: '上升' },
  };

  // The heat itself as [r, g, b, a]: one hue for strengths, two for a signed change.
  const heatColour = (values, signed, opacity) => {
    const most = PG.largest(values) || 1,
      ramp = PG.ramp(signed ? '--signed' : '--attn'),
      dark = PG.dark();
    return (i) => {
      const share = values[i] / most,
        size = Math.abs(share);
      const c = signed ? ramp(share < 0 ? 0.18 : 0.82) : ramp(dark ? 0.45 + size * 0.55 : 0.8 - size * 0.15);
      return [...c, Math.round(255 * opacity * (signed ? size : size ** 0.8))];
    };
  };
  const smooth = (canvas, w, rows, columns, colour) => {
    const small = el('canvas'),
      g = PG.size(canvas, w, w);
    PG.paint(small, columns, columns, rows, columns, colour);
    g.imageSmoothingEnabled = rows < 20;
    g.drawImage(small, 0, 0, w, w);
  };

  // PG.heat({picture, field: {shape, data}, signed, width, opacity, label, read(v)}) -> {root, set(opacity)}
  PG.heat = ({ picture, field, signed, width, opacity, label, read }) => {
    const [rows, columns] = field.shape,
      values = PG.floats(field.data),
      over = el('canvas', { class: 'heat-over' }),
      under = PG.pictureCanvas(width, picture);
    const box = el('div', { class: 'heat', role: 'img', 'aria-label': label, style: { width: `${width}px` } }, under, over);
    const set = (share) => {
      smooth(over, width, rows, columns, heatColour(values, signed, share));
      under.style.filter = `grayscale(${share})`; // the heat is the only colour
    };
    set(opacity);
    box.addEventListener('pointermove', (event) => {
      const [r, c] = PG.cellAt(event, over, rows, columns),
        v = values[r * columns + c];
      PG.tip(
        event,
        el('b', { class: 'mono', text: read ? read(v) : `${PG.t(WORDS.here)} ${PG.four(v)}` }),
        el('span', {}, PG.ROWS(r, c)),
      );
    });
    box.addEventListener('pointerleave', PG.untip);
    const points = (v) => PG.t({ en: `${PG.minus(v * 100, 1)} points`, zh: `${PG.minus(v * 100, 1)} 个百分点` });
    const scale = PG.legend(PG.largest(values), signed ? '--signed' : '--attn', signed, signed ? points : PG.four);
    return { root: el('figure', { class: 'mini' }, box, el('figcaption', {}, label), scale), set, values, shape: [rows, columns] };
  };
})();
