// Kernels: the patterns a convolution looks for, in colour where it looks at colours, signed elsewhere.
(() => {
  const { el } = PG;
  const WORDS = {
    kernel: (i) => ({ en: `Kernel ${i + 1}`, zh: `卷积核 ${i + 1}` }),
    slice: (i) => ({ en: `for input map ${i + 1}`, zh: `对应第 ${i + 1} 张输入` }),
    red: [
      { en: 'red', zh: '红' },
      { en: 'green', zh: '绿' },
      { en: 'blue', zh: '蓝' },
    ],
    more: (n) => ({ en: `${n} more slices`, zh: `另有 ${n} 片` }),
  };
  const SLICES = 64; // drawn at once

  const unpack = ({ shape, data, bias }) => {
    const [, channels, rows, columns] = shape,
      all = PG.floats(data),
      size = rows * columns;
    const slice = (k, c) => all.subarray((k * channels + c) * size, (k * channels + c + 1) * size);
    return { shape, slice, bias: PG.floats(bias), whole: (k) => all.subarray(k * channels * size, (k + 1) * channels * size) };
  };
  // A kernel over red, green and blue as a picture: grey is zero, so a colour is what it likes.
  const colourOf = (kernels, k) => {
    const most = PG.largest(kernels.whole(k)) || 1,
      parts = [0, 1, 2].map((c) => kernels.slice(k, c));
    return (i) => parts.map((part) => Math.round(127.5 + (127.5 * part[i]) / most));
  };
  const face = (kernels, k, px) => {
    const [, channels, rows, columns] = kernels.shape,
      canvas = el('canvas');
    if (channels === 3) return PG.paint(canvas, px, (px * rows) / columns, rows, columns, colourOf(kernels, k)) && canvas;
    return PG.mapCanvas(px, kernels.slice(k, 0), rows, columns, true);
  };
  const numbers = (values, columns, most, cell) => {
    const ramp = PG.ramp('--signed');
    return el(
      'div',
      { class: 'mini-grid', style: { '--cell': `${cell}px`, 'grid-template-columns': `repeat(${columns}, var(--cell))` } },
      [...values].map((v) => {
        const c = ramp(0.5 + v / most / 2);
        return el('span', {
          class: 'mono',
          style: { background: PG.str(c), color: PG.inkOn(c) },
          title: PG.four(v),
          text: cell >= 1.9 * PG.rem() ? PG.fixed(v, 2) : '',
        });
      }),
    );
  };
  const slices = (kernels, k, number, width) => {
    const [, channels, , columns] = kernels.shape,
      most = PG.largest(kernels.whole(k)) || 1;
    const wide =
      channels <= 3
        ? Math.min(2.6 * PG.rem(), (width - 3 * PG.rem()) / channels / columns)
        : channels <= 16
          ? 1.3 * PG.rem()
          : 0.55 * PG.rem();
    const name = (c) => (channels === 3 ? WORDS.red[c] : WORDS.slice(c));
    return el(
      'div',
      { class: 'slices' },
      Array.from({ length: Math.min(channels, SLICES) }, (_, c) =>
        el(
          'figure',
          { class: 'mini' },
          numbers(kernels.slice(k, c), columns, most, Math.max(6, Math.floor(wide))),
          channels <= 16 && channels > 1 ? el('figcaption', {}, name(c)) : null,
        ),
      ),
      channels > SLICES ? el('p', { class: 'hint' }, WORDS.more(channels - SLICES)) : null,
    );
  };

  // PG.kernels(host, payload of the verb "filters", {picked, width, onPick(k)})
  PG.kernels = (host, payload, { picked, width, onPick }) => {
    const kernels = unpack(payload),
      whole = payload.shape[0] === payload.kernels,
      faces = kernels.shape[1] === 1 || kernels.shape[1] === 3;
    const px = Math.round((payload.kernels <= 16 ? 4.2 : 2.9) * PG.rem());
    const button = (k) =>
      el(
        'button',
        {
          class: faces && whole ? 'map' : 'btn ghost kernel-number',
          type: 'button',
          'aria-pressed': String(k === picked),
          'aria-label': WORDS.kernel(k),
          onclick: () => onPick(k),
        },
        faces && whole ? face(kernels, k, px) : String(k + 1),
      );
    const at = whole ? picked : 0;
    PG.fill(
      host,
      PG.roving(
        el(
          'div',
          { class: 'channels kernels' },
          Array.from({ length: payload.kernels }, (_, k) => button(k)),
        ),
      ),
      el(
        'div',
        { class: 'kernel-one' },
        el(
          'h4',
          { class: 'sub-title' },
          WORDS.kernel(picked),
          el(
            'span',
            { class: 'hint mono' },
            { en: `  bias ${PG.four(kernels.bias[picked])}`, zh: `  偏置 ${PG.four(kernels.bias[picked])}` },
          ),
        ),
        slices(kernels, at, picked, width),
      ),
    );
    return kernels;
  };
})();
