// One step of a net, large: all its channels side by side, one of them big with every number under the pointer.
(() => {
  const { el } = PG;
  const WORDS = {
    order: { en: 'Order', zh: '顺序' },
    number: { en: 'by number', zh: '按编号' },
    strength: { en: 'strongest first', zh: '最强在前' },
    click: {
      en: 'Click a number to open the arithmetic behind it; arrow keys move.',
      zh: '点击一个数，展开它的计算；方向键可移动。',
    },
  };
  const NAMED = 16; // up to this many units carry their names
  PG.ROWS = (row, column) => ({ en: `row ${row + 1}, column ${column + 1}`, zh: `第 ${row + 1} 行第 ${column + 1} 列` });

  // ---- the big map
  const bigMap = (state, maps, width) => {
    const [, rows, columns] = maps.shape,
      values = maps.tile(state.channel),
      cell = Math.max(1, Math.floor(width / columns));
    const canvas = PG.mapCanvas(cell * columns, values, rows, columns, maps.signed, undefined);
    const box = el('span', { class: 'shot-box dot', hidden: true });
    const shot = el(
      'div',
      { class: 'shot big-map', tabindex: '0', role: 'img', 'aria-label': WORDS.click, style: { width: canvas.style.width } },
      canvas,
      box,
    );
    const mark = () => {
      box.hidden = !state.at;
      if (!state.at) return;
      Object.entries({ left: state.at[1] * cell, top: state.at[0] * cell, width: cell, height: cell }).forEach(([k, v]) =>
        box.style.setProperty(k, `${v}px`),
      );
    };
    const go = (at) => {
      state.at = at;
      mark();
      state.onOpen(state.channel, ...at);
    };
    shot.addEventListener('click', (event) => go(PG.cellAt(event, canvas, rows, columns)));
    shot.addEventListener('pointermove', (event) => {
      const [r, c] = PG.cellAt(event, canvas, rows, columns);
      PG.tip(event, el('b', { class: 'mono', text: PG.four(values[r * columns + c]) }), el('span', {}, PG.ROWS(r, c)));
    });
    shot.addEventListener('pointerleave', PG.untip);
    shot.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
      if (!step) return;
      event.preventDefault();
      const [r, c] = state.at || [rows >> 1, columns >> 1];
      go([Math.min(rows - 1, Math.max(0, r + step[0])), Math.min(columns - 1, Math.max(0, c + step[1]))]);
    });
    mark();
    return shot;
  };
  const legend = (most, signed) => PG.legend(most, signed ? '--signed' : '--amount', signed, PG.four);
  PG.legend = (most, name, signed, write) => {
    const canvas = el('canvas', { class: 'legend-ramp' }),
      ramp = PG.ramp(name);
    PG.paint(canvas, Math.round(7 * PG.rem()), Math.round(0.5 * PG.rem()), 1, 64, (i) => ramp(i / 63));
    return el(
      'div',
      { class: 'legend' },
      el('span', { class: 'mono', text: signed ? write(-most) : '0' }),
      canvas,
      el('span', { class: 'mono', text: write(most) }),
    );
  };

  // ---- all channels
  const small = (state, maps, channel, px) =>
    el(
      'button',
      {
        class: 'map',
        type: 'button',
        'data-channel': channel,
        'aria-pressed': String(channel === state.channel),
        'aria-label': { en: `Map ${channel + 1}`, zh: `第 ${channel + 1} 张图` },
        onclick: () => state.onChannel(channel),
        onmousemove: (event) =>
          PG.tip(
            event,
            el('b', {}, { en: `Map ${channel + 1}`, zh: `第 ${channel + 1} 张图` }),
            el(
              'span',
              { class: 'mono' },
              { en: `mean size ${PG.four(state.strength[channel])}`, zh: `平均大小 ${PG.four(state.strength[channel])}` },
            ),
          ),
        onmouseleave: PG.untip,
      },
      PG.mapCanvas(px, maps.tile(channel), maps.shape[1], maps.shape[2], maps.signed),
    );
  const ordered = (state, n) => {
    const all = Array.from({ length: n }, (_, i) => i);
    return state.order === 'strength' ? all.sort((a, b) => state.strength[b] - state.strength[a]) : all;
  };
  const channels = (state, maps, room, width, narrow) => {
    const n = maps.shape[0],
      rem = PG.rem(),
      aside = (narrow ? width : width - room - 1.5 * rem) - 12,
      high = room - 2 * rem;
    let px = Math.round(8 * rem); // as large as they all fit, but never too small to see
    while (px > 2 * rem && Math.floor(aside / (px + 8)) * Math.floor(high / (px + 8)) < n) px -= 1;
    return PG.roving(
      el(
        'div',
        { class: 'channels', style: { 'max-height': `${room}px` } },
        ordered(state, n).map((channel) => small(state, maps, channel, px)),
      ),
    );
  };

  // ---- a step without place: one cell per unit
  const units = (state, maps) => {
    const values = Float32Array.from({ length: maps.shape[0] }, (_, i) => maps.tile(i)[0]),
      shade = PG.shades(values),
      named = values.length <= NAMED;
    const cell = (i) =>
      el('button', {
        class: named ? 'unit named' : 'unit',
        type: 'button',
        'aria-pressed': String(i === state.channel),
        style: { background: PG.str(shade(values[i])), color: PG.inkOn(shade(values[i])) },
        text: named ? () => PG.t(state.label(i)) : null,
        'aria-label': () => `${PG.t(state.label(i))}: ${PG.four(values[i])}`,
        onclick: () => {
          state.onChannel(i);
          state.onOpen(i, 0, 0);
        },
        onmousemove: (event) =>
          PG.tip(event, el('b', { class: 'mono', text: PG.four(values[i]) }), el('span', {}, state.label(i))),
        onmouseleave: PG.untip,
      });
    return PG.roving(el('div', { class: 'units' }, ordered({ ...state, strength: values.map(Math.abs) }, values.length).map(cell)));
  };

  // PG.layer(host, {maps, strength, channel, at, order, label(i), onChannel(i), onOpen(channel, row, column), onOrder(o)})
  PG.layer = (host, state) => {
    const { maps } = state,
      flat = maps.shape[1] * maps.shape[2] === 1;
    maps.signed ??= Array.from({ length: maps.shape[0] }, (_, i) => maps.tile(i)).some((tile) => tile.some((v) => v < 0));
    let width = 0;
    const sort = el(
      'div',
      { class: 'sort' },
      ['number', 'strength'].map((key) =>
        el(
          'button',
          {
            class: 'btn ghost',
            type: 'button',
            'data-order': key,
            'aria-pressed': String(state.order === key),
            onclick: () => {
              state.order = key;
              state.onOrder(key);
              draw();
            },
          },
          WORDS[key],
        ),
      ),
    );
    const draw = () => {
      if (!width) return;
      sort.querySelectorAll('button').forEach((b) => b.setAttribute('aria-pressed', String(b.dataset.order === state.order)));
      if (flat) return PG.fill(host, sort, units(state, maps), el('p', { class: 'hint' }, WORDS.click));
      const narrow = width < 40 * PG.rem(),
        big = Math.min(width, (narrow ? 20 : 17) * PG.rem());
      const most = PG.largest(maps.tile(state.channel));
      PG.fill(
        host,
        el(
          'div',
          { class: narrow ? 'layer narrow' : 'layer' },
          el('div', { class: 'layer-all' }, maps.shape[0] > 1 ? sort : null, channels(state, maps, big, width, narrow)),
          el('div', { class: 'layer-one' }, bigMap(state, maps, big), legend(most, maps.signed)),
        ),
        el('p', { class: 'hint' }, WORDS.click),
      );
    };
    PG.watchWidth(host, (w) => {
      width = w;
      draw();
    });
    const off = PG.on('theme', draw);
    return {
      draw,
      off,
      update: (next) => {
        Object.assign(state, next);
        draw();
      },
    };
  };
})();
