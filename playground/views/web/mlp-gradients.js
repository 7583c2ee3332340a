// Gradients: how the error fares on its way back, layer by layer, and which units no longer learn.
(() => {
  const { el, t, fill } = PG;
  const W = {
    layer: { en: 'Layer', zh: '层' },
    gradient: { en: 'Gradient norm', zh: '梯度范数' },
    ratio: { en: 'Update / weights', zh: '更新/权重' },
    dead: { en: 'Dead units', zh: '死亡单元' },
    full: { en: 'Saturated', zh: '饱和' },
    output: { en: 'output', zh: '输出' },
    vanish: (times) => ({
      en: `The first layer’s gradient is ${times} times weaker than the last one’s: it vanishes on the way back`,
      zh: `第一层的梯度只有最后一层的 1/${times}：在往回传的途中消失了`,
    }),
    deadTitle: (n, all) => ({
      en: `${n} of ${all} hidden units are dead: they give zero for every training example`,
      zh: `${all} 个隐藏单元中有 ${n} 个已死：对每个训练样本都输出零`,
    }),
    healthy: (low, high) => ({
      en: `The next update changes the weights of a layer by ${low} to ${high} of their size`,
      zh: `下一次更新会把各层权重改变其大小的 ${low} 到 ${high}`,
    }),
    one: (v) => ({ en: `The next update changes the weights by ${v} of their size`, zh: `下一次更新会把权重改变其大小的 ${v}` }),
    healthRead: {
      en: 'About a thousandth per update is usual; far less means that a layer hardly learns, far more that it jumps. Bars are on a logarithmic scale, one decade per mark.',
      zh: '每次更新通常约为千分之一；小得多说明这一层几乎不学，大得多说明在乱跳。条形为对数刻度，每格一个数量级。',
    },
    healthSource: {
      en: 'norm of the gradient of the mean training loss with penalties; update: what the optimizer would subtract for the next batch; dead: ReLU that is 0 for all; saturated: |tanh| > 0.99, sigmoid alike',
      zh: '平均训练损失（含正则项）梯度的范数；更新：优化器对下一批要减去的量；死亡：对所有样本都为 0 的 ReLU；饱和：|tanh| > 0.99，sigmoid 同理',
    },
    none: { en: 'none', zh: '无' },
  };
  const four = (v) => PG.mlpShort(v);

  PG.mlpGradients = (room) => {
    let panel = null,
      body = null,
      rows = [],
      words = null;
    const bar = () => {
      const mark = el('i'),
        said = el('span', { class: 'mono' });
      return { root: el('div', { class: 'log-bar' }, mark, said), mark, said };
    };
    const build = (health) => {
      rows = health.map((_, i) => {
        const gradient = bar(),
          ratio = bar(),
          units = el('td', { class: 'unit-dots' });
        return {
          gradient,
          ratio,
          units,
          root: el(
            'tr',
            {},
            el('th', { scope: 'row' }, i === health.length - 1 ? W.output : String(i + 1)),
            el('td', {}, gradient.root),
            el('td', {}, ratio.root),
            units,
          ),
        };
      });
      fill(
        body,
        el(
          'thead',
          {},
          el(
            'tr',
            {},
            [W.layer, W.gradient, W.ratio, () => `${t(W.dead)}, ${t(W.full)}`].map((name) => el('th', { scope: 'col' }, name)),
          ),
        ),
        el(
          'tbody',
          {},
          rows.map((row) => row.root),
        ),
      );
    };
    const draw = (host) => {
      body = el('table', { class: 'health' });
      rows = [];
      panel = PG.panel({
        title: '',
        read: W.healthRead,
        source: W.healthSource,
        tools: PG.mlpPanelTools(
          'gradients',
          () => body,
          () => [
            ['layer', 'gradient norm', 'weight norm', 'update norm', 'update / weights', 'dead units', 'mean saturated share'],
            ...room.head.health.map((one, i) => [
              i + 1,
              one.gradient,
              one.weight,
              one.move,
              one.ratio,
              one.dead.filter(Boolean).length,
              one.full.reduce((a, b) => a + b, 0) / one.full.length,
            ]),
          ],
        ),
      });
      words = PG.lean.words(panel);
      fill(host, panel.root);
      panel.body.append(el('div', { class: 'health-box' }, body));
      if (room.frame) take(room.frame);
    };
    // Ten decades: 1e-8 is the left end, 100 the right one.
    const show = ({ mark, said }, v) => {
      mark.style.width = `${Math.max(0, Math.min(1, (Math.log10(Math.max(v, 1e-12)) + 8) / 10)) * 100}%`;
      said.textContent = four(v);
    };
    const dots = (host, { dead, full }) => {
      const any = dead.some(Boolean),
        kind = any || full.some((v) => v > 0);
      const text = JSON.stringify([dead, full.map((v) => Math.round(v * 20))]);
      if (host.dataset.said === text) return;
      host.dataset.said = text;
      fill(
        host,
        dead.map((gone, i) =>
          el('i', {
            class: gone ? 'dead' : '',
            style: { '--full': full[i] },
            title: gone ? t(W.dead) : `${t(W.full)}: ${PG.pct(full[i])}`,
          }),
        ),
        kind
          ? el(
              'span',
              { class: 'mono hint' },
              any ? ` ${dead.filter(Boolean).length} / ${dead.length}` : ` ${PG.pct(full.reduce((a, b) => a + b, 0) / full.length)}`,
            )
          : el('span', { class: 'hint' }, W.none),
      );
    };
    const take = ({ head }) => {
      const { health } = head;
      if (!panel || !health) return;
      if (rows.length !== health.length) build(health);
      health.forEach((one, i) => {
        show(rows[i].gradient, one.gradient ?? 0);
        show(rows[i].ratio, one.ratio ?? 0);
        dots(rows[i].units, one);
      });
      const hidden = health.slice(0, -1),
        dead = hidden.reduce((n, one) => n + one.dead.filter(Boolean).length, 0),
        all = hidden.reduce((n, one) => n + one.dead.length, 0);
      const weaker = health.at(-1).gradient / Math.max(1e-30, health[0].gradient),
        ratios = health.map((one) => one.ratio);
      const low = four(Math.min(...ratios)),
        high = four(Math.max(...ratios));
      words.title(
        dead
          ? W.deadTitle(dead, all)
          : health.length > 1 && weaker > 50
            ? W.vanish(PG.countText(weaker))
            : health.length > 1
              ? W.healthy(low, high)
              : W.one(low),
      );
    };
    return { draw, take };
  };
})();
