// A net as a graph of steps: rows of small maps, arrows where numbers go on, lines where they skip ahead.
(() => {
  const { el, svg, icon } = PG;
  const KINDS = {
    input: { en: 'Picture', zh: '图片' },
    conv: { en: 'Convolution', zh: '卷积' },
    norm: { en: 'Batch norm', zh: '批归一化' },
    relu: { en: 'ReLU', zh: 'ReLU' },
    maxpool: { en: 'Max pool', zh: '最大池化' },
    avgpool: { en: 'Average pool', zh: '平均池化' },
    add: { en: 'Add', zh: '相加' },
    flatten: { en: 'Flatten', zh: '展平' },
    linear: { en: 'Linear', zh: '全连接' },
    softmax: { en: 'Softmax', zh: 'Softmax' },
    other: { en: 'Function', zh: '函数' },
  };
  const FOLD = 60; // steps; in larger nets a block shows only its result until it is opened
  const LABELS = {
    look: { en: 'Find features', zh: '提取特征' },
    decide: { en: 'Decide', zh: '判断类别' },
    first: { en: 'Stem', zh: '起始层' },
    skip: { en: 'shortcut', zh: '残差捷径' },
    stage: (i) => ({ en: `Stage ${i}`, zh: `第 ${i} 阶段` }),
    block: (i, j) => ({ en: `Stage ${i}, block ${j}`, zh: `第 ${i} 阶段第 ${j} 块` }),
    more: (n) => ({ en: `+${n} more`, zh: `另有 ${n} 个` }),
    open: (n) => ({ en: `Show all ${n} steps`, zh: `展开全部 ${n} 步` }),
  };

  // Steps get a number within their kind: Convolution 1, Convolution 2, ...
  PG.nameSteps = (steps) => {
    const seen = {},
      count = {};
    steps.forEach(({ kind }) => {
      count[kind] = (count[kind] || 0) + 1;
    });
    return Object.fromEntries(
      steps.map(({ key, kind }) => {
        seen[kind] = (seen[kind] || 0) + 1;
        const number = count[kind] > 1 ? ` ${seen[kind]}` : '';
        return [key, { en: KINDS[kind].en + number, zh: KINDS[kind].zh + number }];
      }),
    );
  };
  // "5×5, stride 2, padding 1" in the reader's language.
  PG.detail = ({ detail }) => ({
    en: detail || '',
    zh: (detail || '').replaceAll(', ', '，').replace('padding', '填充').replace('stride', '步幅'),
  });
  PG.sizeOf = ({ shape }) =>
    shape.length === 3 && shape[1] * shape[2] > 1
      ? {
          en: `${shape[0]} ${shape[0] === 1 ? 'map' : 'maps'}, ${shape[1]} × ${shape[2]}`,
          zh: `${shape[0]} 张，${shape[1]}×${shape[2]}`,
        }
      : { en: `${shape[0]} numbers`, zh: `${shape[0]} 个数` };

  const brief = ({ shape }) => (shape.length === 3 && shape[1] * shape[2] > 1 ? shape.join(' × ') : null);
  const flat = ({ shape }) => shape.length < 3 || shape[1] * shape[2] === 1;
  const rowKey = (step) => step.row || (flat(step) ? 'decide' : 'look');
  const rowName = (key) => {
    const at = /stages\.(\d+)(?:\.layers\.(\d+))?/.exec(key);
    if (!at) return LABELS[key] || LABELS.first;
    return at[2] === undefined ? LABELS.stage(+at[1] + 1) : LABELS.block(+at[1] + 1, +at[2] + 1);
  };
  // Consecutive steps of one stage or block; the picture goes with what follows it.
  const rowsOf = (steps) => {
    const rows = [];
    for (const step of steps) {
      const key = rowKey(step),
        last = rows.at(-1);
      if (last && (last.key === key || (last.steps.length === 1 && last.steps[0].kind === 'input'))) {
        last.steps.push(step);
        last.key = key;
      } else rows.push({ key, steps: [step] });
    }
    return rows;
  };

  // ---- one step
  const SIDES = [
    [24, 2.3],
    [14, 1.75],
    [9, 1.55],
    [6, 1.35],
    [0, 1.15],
  ]; // map side from, thumbnail in rem
  const thumbSize = (side) => SIDES.find(([from]) => side >= from)[1];
  const columnsFor = (n) => (n > 8 ? 4 : n > 3 ? 2 : 1);

  const thumbnail = (bytes, step, i, px) => {
    const { shape, signed } = step.thumbs,
      size = shape[0] * shape[1],
      ramp = PG.ramp(signed ? '--signed' : '--amount'),
      canvas = el('canvas');
    PG.paint(canvas, px, Math.round((px * shape[0]) / shape[1]), shape[0], shape[1], (k) =>
      ramp(bytes[i * size + k] / (signed ? 254 : 255)),
    );
    return canvas;
  };
  const mapButton = (canvas, step, channel, state) =>
    el(
      'button',
      {
        class: 'map',
        type: 'button',
        tabindex: '-1', // by key a step is opened at its head, and its maps are walked through below
        'data-channel': channel,
        'aria-pressed': String(state.step === step.key && state.channel === channel),
        'aria-label': () =>
          PG.t({
            en: `${PG.t(state.names[step.key])}, map ${channel + 1}`,
            zh: `${PG.t(state.names[step.key])}，第 ${channel + 1} 张`,
          }),
        onclick: () => state.onPick(step.key, channel),
      },
      canvas,
    );

  const maps = (step, state, scale) => {
    const bytes = PG.bytes(step.thumbs.data),
      { channels } = step.thumbs,
      px = Math.round(thumbSize(step.shape[1]) * PG.rem() * scale);
    const left = step.shape[0] - channels.length;
    return [
      el(
        'div',
        { class: 'stage-maps', style: { 'grid-template-columns': `repeat(${columnsFor(channels.length)}, auto)` } },
        channels.map((channel, i) => mapButton(thumbnail(bytes, step, i, px), step, channel, state)),
      ),
      left
        ? el('button', { class: 'stage-more', type: 'button', onclick: () => state.onPick(step.key, null) }, LABELS.more(left))
        : null,
    ];
  };
  const picture = (step, state, scale) => {
    const px = Math.round(4.4 * PG.rem() * scale);
    return el('div', { class: 'stage-maps' }, mapButton(PG.pictureCanvas(px, state.picture), step, 0, state));
  };
  // A vector as a bar code, one line per number; ten or fewer get their names and bars.
  const barcode = (step, values, state, scale) => {
    const w = Math.round(Math.min(9, 3 + values.length / 60) * PG.rem() * scale),
      canvas = el('canvas'),
      shade = PG.shades(values);
    PG.paint(canvas, w, Math.round(6 * PG.rem() * scale), 1, values.length, (i) => shade(values[i]));
    return el('div', { class: 'stage-maps' }, mapButton(canvas, step, PG.indexOfLargest(values), state));
  };
  const bars = (step, values, state) => {
    const most = PG.largest(values),
      best = values.indexOf(Math.max(...values)),
      share = step.kind === 'softmax';
    return el(
      'div',
      { class: 'outs' },
      [...values].map((v, i) =>
        el(
          'button',
          {
            class: i === best ? 'out first' : 'out',
            type: 'button',
            tabindex: '-1',
            'aria-pressed': String(state.step === step.key && state.channel === i),
            onclick: () => state.onPick(step.key, i),
            onmousemove: (event) =>
              PG.tip(event, el('b', { text: state.label(i) }), el('span', { class: 'mono', text: PG.four(v) })),
            onmouseleave: PG.untip,
          },
          el('span', { class: 'out-name', text: () => PG.t(state.label(i)) }),
          el('span', {
            class: v < 0 ? 'out-bar minus' : 'out-bar',
            style: { width: `max(1px, ${(Math.abs(v) / (share ? 1 : most)) * 3}rem)` },
          }),
        ),
      ),
    );
  };
  const body = (step, state, scale) => {
    if (step.kind === 'input') return picture(step, state, scale);
    if (step.thumbs && !flat(step)) return maps(step, state, scale);
    const values = PG.floats(step.vector);
    return step.rows ? bars(step, values, state) : barcode(step, values, state, scale);
  };
  PG.indexOfLargest = (values) => values.reduce((best, v, i) => (Math.abs(v) > Math.abs(values[best]) ? i : best), 0);

  const stage = (step, state, scale) =>
    el(
      'div',
      { class: state.step === step.key ? 'stage on' : 'stage', 'data-step': step.key },
      el(
        'button',
        {
          class: 'stage-head',
          type: 'button',
          'aria-pressed': String(state.step === step.key),
          onclick: () => state.onPick(step.key, null),
          onmousemove: (event) =>
            PG.tip(
              event,
              el('b', { text: state.names[step.key] }),
              el('span', { class: 'mono', text: step.key }),
              el('span', {}, PG.sizeOf(step), step.detail ? [' · ', PG.detail(step)] : ''),
              step.parameters
                ? el(
                    'span',
                    {},
                    {
                      en: `${step.parameters.toLocaleString('en')} weights`,
                      zh: `${step.parameters.toLocaleString('en')} 个权重`,
                    },
                  )
                : null,
            ),
          onmouseleave: PG.untip,
        },
        el('b', { text: state.names[step.key] }),
        el('span', { text: (state.many && brief(step)) || PG.sizeOf(step) }),
      ),
      body(step, state, scale),
    );

  // ---- a row with its arrows, and lines for inputs that do not come from the neighbour
  const arrow = () => el('div', { class: 'stage-gap', 'aria-hidden': 'true' }, icon('arrow'));
  const jumps = (row) => {
    const at = new Map(row.steps.map((step, i) => [step.key, i]));
    return row.steps.flatMap((step, i) =>
      step.inputs
        .filter((source) => (i ? source !== row.steps[i - 1].key : at.has(source)))
        .map((source) => ({ from: at.has(source) ? at.get(source) : -1, to: i })),
    );
  };
  const jumpLines = (box, row, list) => {
    const stages = [...box.querySelectorAll('.stage')],
      base = box.getBoundingClientRect(),
      deep = box.scrollHeight;
    const middle = (i) => {
      const r = stages[i].getBoundingClientRect();
      return r.left + r.width / 2 - base.left;
    };
    const foot = (i) => stages[i].getBoundingClientRect().bottom - base.top;
    return svg(
      'svg',
      { class: 'jumps', width: box.scrollWidth, height: deep, 'aria-hidden': 'true' },
      list.map(({ from, to }, k) => {
        const x1 = from < 0 ? 0 : middle(from),
          x2 = middle(to),
          low = deep - 6 - k * 5,
          y1 = from < 0 ? low : foot(from) + 2,
          y2 = foot(to) + 5;
        return [
          svg('path', { d: `M${x1} ${y1}V${low}H${x2}V${y2}m-3.5 4.5 3.5-4.5 3.5 4.5` }),
          svg('text', { x: (x1 + x2) / 2, y: low - 3, 'text-anchor': 'middle', text: LABELS.skip }),
        ];
      }),
    );
  };
  const drawRow = (row, state, scale, folded, several) => {
    const shown = folded ? row.steps.slice(-1) : row.steps,
      list = folded ? [] : jumps(row);
    const flow = el(
      'div',
      { class: list.length ? 'net jumping' : 'net' },
      shown.map((step, i) => [
        i && step.inputs.includes(shown[i - 1].key) ? arrow() : i ? el('div', { class: 'stage-gap' }) : null,
        stage(step, state, scale),
      ]),
    );
    const unfold = () => {
      state.open.add(row.key);
      state.redraw();
    };
    const root = el(
      'div',
      { class: folded ? 'net-row folded' : 'net-row' },
      several ? el('div', { class: 'net-name' }, rowName(row.key)) : null,
      flow,
      folded
        ? el('button', { class: 'btn ghost', type: 'button', onclick: unfold }, icon('chev'), LABELS.open(row.steps.length))
        : null,
    );
    if (list.length)
      requestAnimationFrame(() => {
        if (flow.isConnected) flow.append(jumpLines(flow, row, list));
      });
    return root;
  };

  // PG.net(host, {steps, names, picture, label(i), step, channel, onPick(step, channel | null)}); returns {select(step, channel)}
  PG.net = (host, options) => {
    const state = { open: new Set(), many: options.steps.length > 20, ...options },
      rows = rowsOf(options.steps),
      many = options.steps.length > FOLD;
    let width = 0;
    const fits = () => Math.min(1.25, Math.max(0.8, width / (64 * PG.rem())));
    state.redraw = () => {
      if (!width) return;
      const folded = (row) =>
        many && row.steps.length > 4 && !state.open.has(row.key) && !row.steps.some((step) => step.key === state.step);
      PG.fill(
        host,
        rows.map((row) => drawRow(row, state, fits(), folded(row), rows.length > 1)),
      );
    };
    PG.watchWidth(host, (w) => {
      width = w;
      state.redraw();
    });
    const off = PG.on('theme', state.redraw);
    const select = (step, channel) => {
      Object.assign(state, { step, channel });
      if (many) return state.redraw();
      host.querySelectorAll('.stage').forEach((e) => {
        const on = e.dataset.step === step;
        e.classList.toggle('on', on);
        e.querySelector('.stage-head').setAttribute('aria-pressed', String(on));
        e.querySelectorAll('.map').forEach((m) => m.setAttribute('aria-pressed', String(on && +m.dataset.channel === channel)));
        e.querySelectorAll('.out').forEach((m, i) => m.setAttribute('aria-pressed', String(on && i === channel)));
      });
    };
    return { select, off, redraw: state.redraw };
  };
})();
