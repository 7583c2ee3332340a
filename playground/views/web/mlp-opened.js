// One step, opened: what one training example does to one unit, forward, backward and into its weights, number by number.
(() => {
  const { el, t, fill, icon } = PG;
  const W = {
    title: (n, loss) => ({
      en: `Training example ${n}: the answer costs a loss of ${loss}, and every weight moves against its share of it`,
      zh: `训练样本 ${n}：这个回答的损失为 ${loss}，每个权重都朝减小它的方向移动`,
    }),
    read: {
      en: 'Choose a unit. Its row reads from left to right: what comes in, the weighted sum, the error that comes back, and where each weight goes. Click a point on the map to open another example.',
      zh: '选一个单元，从左往右读：输入是什么、加权和是多少、传回的误差有多大、每个权重移到哪里。点击图上的点可换一个样本。',
    },
    source: {
      en: 'this example alone as a batch of one, without dropout, float64; the button makes exactly this update',
      zh: '仅以这一个样本为一批，不用丢弃，float64；按钮执行的正是这次更新',
    },
    make: { en: 'Make this update', zh: '执行这次更新' },
    next: { en: 'Next example', zh: '下一个样本' },
    before: { en: 'Previous example', zh: '上一个样本' },
    pick: { en: 'Click points to open them', zh: '点击图中的点来选样本' },
    point: (x, y) => ({ en: `x₁ = ${x}, x₂ = ${y}`, zh: `x₁ = ${x}，x₂ = ${y}` }),
    want: { en: 'wanted', zh: '应为' },
    said: { en: 'said', zh: '回答' },
    input: { en: 'input', zh: '输入' },
    weight: { en: 'weight w', zh: '权重 w' },
    product: { en: 'x · w', zh: 'x · w' },
    gradient: { en: 'gradient δ · x', zh: '梯度 δ · x' },
    penalty: { en: 'penalty', zh: '正则项' },
    move: { en: 'move', zh: '移动量' },
    after: { en: 'w − move', zh: 'w − 移动量' },
    bias: { en: 'bias', zh: '偏置' },
    sum: { en: 'sum z', zh: '和 z' },
    forward: { en: 'Forward', zh: '前向' },
    back: { en: 'Backward', zh: '反向' },
    update: { en: 'Update', zh: '更新' },
    output: { en: 'output', zh: '输出' },
    layer: (n) => ({ en: `layer ${n}`, zh: `第 ${n} 层` }),
    others: (n) => ({ en: `the other ${n}`, zh: `其余 ${n} 个` }),
    telling: (shown, n) => ({
      en: `Of ${n} inputs, the ${shown} that say most to this unit; the others are added up.`,
      zh: `${n} 个输入中，列出对这个单元影响最大的 ${shown} 个，其余合计。`,
    }),
    upstream: { en: 'what the next layer sends back', zh: '下一层传回的' },
    slope: { en: 'slope of the bend', zh: '弯折处的斜率' },
    deltaOut: { en: 'said − wanted', zh: '回答 − 应为' },
    deltaSquares: { en: '2 · (said − wanted)', zh: '2 ·（回答 − 应为）' },
    rules: {
      sgd: { en: 'move = rate · gradient', zh: '移动量 = 学习率 · 梯度' },
      momentum: { en: 'm = 0.9 · m before + gradient; move = rate · m', zh: 'm = 0.9 · 先前的 m + 梯度；移动量 = 学习率 · m' },
      rmsprop: {
        en: 'v = 0.99 · v before + 0.01 · gradient²; move = rate · gradient / (√v + 10⁻⁸)',
        zh: 'v = 0.99 · 先前的 v + 0.01 · 梯度²；移动量 = 学习率 · 梯度 / (√v + 10⁻⁸)',
      },
      adam: {
        en: 'm = 0.9 · m before + 0.1 · gradient; v = 0.999 · v before + 0.001 · gradient²; move = rate · (m / share of m) / (√(v / share of v) + 10⁻⁸)',
        zh: 'm = 0.9 · 先前的 m + 0.1 · 梯度；v = 0.999 · 先前的 v + 0.001 · 梯度²；移动量 = 学习率 · (m / m 的份额) / (√(v / v 的份额) + 10⁻⁸)',
      },
    },
    rate: { en: 'rate', zh: '学习率' },
    shares: (m, v) => ({ en: `share of m ${m}, of v ${v}`, zh: `m 的份额 ${m}，v 的份额 ${v}` }),
    firstBefore: { en: 'm before', zh: '先前的 m' },
    first: { en: 'm', zh: 'm' },
    secondBefore: { en: 'v before', zh: '先前的 v' },
    second: { en: 'v', zh: 'v' },
  };
  const BEND = { tanh: 'tanh(z)', relu: 'max(0, z)', leaky: 'max(0.01 z, z)', sigmoid: '1 / (1 + e⁻ᶻ)', linear: 'z' };
  const ANSWER = { logistic: '1 / (1 + e⁻ᶻ)', softmax: 'softmax(z)', squares: 'z' };
  const v5 = (v) => (v === null ? '' : v === 0 ? '0' : Math.abs(v) >= 1e5 || Math.abs(v) < 1e-4 ? PG.four(v) : PG.minus(v, 5));
  const b = (v) => el('b', { class: 'mono', text: v5(v) });

  PG.mlpOpened = (room) => {
    let panel = null,
      words = null,
      data = null,
      at = { layer: 0, unit: 0 },
      example = 0,
      asking = false,
      again = false,
      stamp = '';
    const bodyLeft = el('div', { class: 'opened-units' }),
      bodyRight = el('div', { class: 'opened-sum' }),
      bar = el('div', { class: 'opened-bar' });
    const ask = async () => {
      if (!room.live.run || !panel) return;
      if (asking) {
        again = true;
        return;
      }
      asking = true;
      stamp = `${room.live.run} ${room.head?.at}`;
      const said = await room.live.ask('opened', { example });
      asking = false;
      if (said.wrong) {
        if (example) {
          example = 0;
          again = true;
        }
      } else {
        data = said;
        show();
      }
      if (again) {
        again = false;
        ask();
      }
    };
    const go = (to) => {
      example = ((to % (data?.of || 1)) + (data?.of || 1)) % (data?.of || 1);
      room.top.plane.drawPoints();
      ask();
    };
    const last = () => data.layers.length - 1;
    const nameOf = (layer) => (layer === last() ? W.output : W.layer(layer + 1));

    const units = () =>
      fill(
        bodyLeft,
        data.layers.map((one, layer) =>
          el(
            'div',
            { class: 'opened-layer' },
            el('span', { class: 'hint' }, nameOf(layer)),
            el(
              'div',
              { class: 'opened-chips' },
              one.outputs.map((out, unit) =>
                el(
                  'button',
                  {
                    class: 'chip mono',
                    type: 'button',
                    'aria-pressed': String(at.layer === layer && at.unit === unit),
                    'data-unit': `${layer}.${unit}`,
                    title: () => t(room.top.nameOf(layer + 1, unit)),
                    onclick: () => {
                      at = { layer, unit };
                      show();
                    },
                  },
                  el('i', { style: { background: PG.mlpColour.css(out, 1) } }),
                  PG.mlpShort(out),
                ),
              ),
            ),
          ),
        ),
      );
    const columns = (one, unit) => {
      const { rule } = one,
        take = (name) => rule[name]?.[unit];
      return [
        ['x', 'x', [...one.inputs[unit], 1]],
        ['weight', W.weight, [...one.weights[unit], one.bias[unit]]],
        ['product', W.product, [...one.products[unit], one.bias[unit]]],
        ['gradient', W.gradient, one.gradient[unit]],
        data.penalised ? ['penalty', W.penalty, one.penalty[unit]] : null,
        rule.first_before ? ['first_before', W.firstBefore, take('first_before')] : null,
        rule.first ? ['first', W.first, take('first')] : null,
        rule.second_before ? ['second_before', W.secondBefore, take('second_before')] : null,
        rule.second ? ['second', W.second, take('second')] : null,
        ['move', W.move, one.move[unit]],
        ['after', W.after, one.after[unit]],
      ].filter(Boolean);
    };
    const footRow = (all, name, product) =>
      el(
        'tr',
        {},
        el('th', { scope: 'row' }, name),
        all.map(([key]) => el('td', { class: 'mono', 'data-column': key }, key === 'product' ? product : '')),
      );
    const table = (one, unit) => {
      const all = columns(one, unit),
        names = [...one.shown[unit].map((i) => t(room.top.nameOf(at.layer, i))), t(W.bias)];
      return el(
        'div',
        { class: 'opened-box' },
        el(
          'table',
          { class: 'opened-table' },
          el(
            'thead',
            {},
            el(
              'tr',
              {},
              el('th', { scope: 'col' }, W.input),
              all.map(([, name]) => el('th', { scope: 'col' }, name)),
            ),
          ),
          el(
            'tbody',
            {},
            names.map((name, i) =>
              el(
                'tr',
                {},
                el('th', { scope: 'row', text: name }),
                all.map(([key, , values]) => el('td', { class: 'mono', 'data-column': key, text: v5(values[i]) })),
              ),
            ),
          ),
          el(
            'tfoot',
            {},
            one.others ? footRow(all, W.others(one.others), v5(one.rest[unit])) : null,
            footRow(all, W.sum, b(one.sums[unit])),
          ),
        ),
      );
    };
    const back = (one, unit) => {
      const next = data.layers[at.layer + 1];
      if (!next) {
        const squares = data.loss_kind === 'squares';
        return [
          el(
            'span',
            { class: 'mono' },
            `δ = ${t(squares ? W.deltaSquares : W.deltaOut)} = ${squares ? '2 · (' : ''}${v5(one.outputs[unit])} − ${v5(data.goal[unit])}${squares ? `)${data.goal.length > 1 ? ` / ${data.goal.length}` : ''}` : ''} = `,
          ),
          b(one.delta[unit]),
        ];
      }
      const terms = next.delta.map((d, k) => `${v5(d)}·${v5(next.weights[k][unit])}`).join(' + ');
      return [
        el('div', { class: 'mono' }, el('span', { class: 'hint' }, W.upstream, ' '), `${terms} = `, b(one.upstream[unit])),
        el(
          'div',
          { class: 'mono' },
          `δ = ${v5(one.upstream[unit])} · `,
          el('span', { class: 'hint' }, W.slope, ' '),
          `${v5(one.slope[unit])} = `,
          b(one.delta[unit]),
        ),
      ];
    };
    const sums = () => {
      const one = data.layers[at.layer],
        { unit } = at,
        { rule } = one,
        end = at.layer === last();
      return [
        el('h4', { class: 'sub-title' }, () => {
          const name = t(room.top.nameOf(at.layer + 1, unit));
          return name[0].toUpperCase() + name.slice(1);
        }),
        one.others ? el('p', { class: 'read' }, W.telling(one.shown[unit].length, room.head.sizes[at.layer])) : null,
        table(one, unit),
        el(
          'div',
          { class: 'ledger' },
          el(
            'div',
            { 'data-line': 'forward' },
            el('span', { class: 'ledger-name' }, W.forward),
            el(
              'span',
              { class: 'ledger-body mono' },
              `${end ? ANSWER[data.loss_kind] : BEND[data.activation]}, z = ${v5(one.sums[unit])}: `,
              b(one.outputs[unit]),
            ),
          ),
          el(
            'div',
            { 'data-line': 'back' },
            el('span', { class: 'ledger-name' }, W.back),
            el('span', { class: 'ledger-body' }, back(one, unit)),
          ),
          el(
            'div',
            { 'data-line': 'update' },
            el('span', { class: 'ledger-name' }, W.update),
            el(
              'span',
              { class: 'ledger-body' },
              W.rules[rule.name],
              el(
                'span',
                { class: 'mono hint' },
                `  ${t(W.rate)} = ${PG.four(rule.rate)}`,
                rule.name === 'adam' ? `; ${t(W.shares(v5(rule.first_share), v5(rule.second_share)))}` : '',
              ),
            ),
          ),
        ),
      ];
    };
    const show = () => {
      if (!panel || !data) return;
      if (at.layer > last() || at.unit >= data.layers[at.layer].outputs.length) at = { layer: 0, unit: 0 };
      words.title(W.title(data.example + 1, PG.mlpShort(data.loss)));
      const labels = data.goal.map((g, i) => `${t(W.said)} ${PG.mlpShort(data.layers.at(-1).outputs[i])}, ${t(W.want)} ${PG.four(g)}`);
      fill(
        bar,
        el(
          'button',
          { class: 'btn icon', type: 'button', 'aria-label': W.before, title: W.before, onclick: () => go(example - 1) },
          icon('left'),
        ),
        el('span', { class: 'mono' }, `${data.example + 1} / ${data.of}`),
        el(
          'button',
          { class: 'btn icon', type: 'button', 'aria-label': W.next, title: W.next, onclick: () => go(example + 1) },
          icon('right'),
        ),
        data.raw && room.head.plane ? el('span', {}, W.point(PG.minus(data.raw[0], 2), PG.minus(data.raw[1], 2))) : null,
        el('span', { class: 'hint mono' }, labels.length > 3 ? '' : labels.join('; ')),
        room.head.plane
          ? el(
              'button',
              {
                class: 'btn',
                type: 'button',
                'aria-pressed': String(room.tool === 'read'),
                onclick: () => {
                  room.tool = room.tool === 'read' ? 'add' : 'read';
                  show();
                },
              },
              W.pick,
            )
          : null,
        el(
          'button',
          {
            class: 'btn',
            type: 'button',
            'data-name': 'learn',
            onclick: async () => {
              await room.live.step({ single: { example } });
              ask();
            },
          },
          icon('check'),
          W.make,
        ),
      );
      units();
      fill(bodyRight, sums());
    };
    // [layer, unit, input (empty for the bias), the columns of its table]
    const rows = () =>
      data.layers.flatMap((one, layer) =>
        one.outputs.flatMap((_, unit) =>
          [...one.shown[unit].map((i) => i + 1), ''].map((input, k) => [
            layer + 1,
            unit + 1,
            input,
            ...columns(one, unit).map(([, , values]) => values[k]),
          ]),
        ),
      );
    PG.on('lang', show);
    return {
      draw: (host) => {
        panel = PG.panel({
          title: '',
          read: W.read,
          source: W.source,
          tools: PG.mlpPanelTools(
            'step',
            () => bodyRight,
            () => [
              ['layer', 'unit', 'input', ...columns(data.layers[0], 0).map(([key]) => key)],
              ...rows(),
            ],
          ),
        });
        words = PG.lean.words(panel);
        fill(host, panel.root);
        fill(panel.body, bar, el('div', { class: 'opened-grid' }, bodyLeft, bodyRight));
        room.top.plane.drawPoints();
        ask();
      },
      take: ({ head }) => {
        if (!room.live.playing && stamp !== `${room.live.run} ${head.at}`) ask();
        else if (!room.live.playing) ask();
      },
      ring: () => example,
      choose: (i) => {
        if (room.points && !room.points.test[i]) {
          example = i;
          room.top.plane.drawPoints();
          ask();
        }
      },
      fresh: () => {
        if (panel) ask();
      },
    };
  };
})();
