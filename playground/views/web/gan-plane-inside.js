// Inside the game: losses, how far apart, mode coverage, gradients, layers. Drawn a few times a second, when shown.
(() => {
  const { el, fill, t } = PG;
  const EVERY = 120; // ms between two drawings of a tab
  const n = (v) => PG.ganNumber(v);
  const W = {
    label: { en: 'Inside the game', zh: '博弈内部' },
    losses: { en: 'Losses', zh: '损失' },
    apart: { en: 'How far apart', zh: '相差多远' },
    modes: { en: 'Mode coverage', zh: '峰的覆盖' },
    gradients: { en: 'Gradients', zh: '梯度' },
    layers: { en: 'Layers', zh: '各层' },
    none: { en: 'Nothing has been learned yet', zh: '还没有开始学习' },
    lossUnit: { en: 'loss', zh: '损失' },
    d: { en: 'D', zh: 'D' },
    g: { en: 'G', zh: 'G' },
    rest: (name, v) => ({ en: `${name} at rest: ${n(v)}`, zh: `${name} 平衡时：${n(v)}` }),
    lossTitle: (d, g) => ({ en: `The discriminator’s loss is ${n(d)}, the generator’s ${n(g)}`, zh: `判别器的损失为 ${n(d)}，生成器的损失为 ${n(g)}` }),
    lossRead: {
      en: 'Neither loss tells how good the fakes are: each is measured against an opponent that keeps changing. If the fakes were perfect and D could only guess, both would come to rest at the dashed lines.',
      zh: '两条损失都不说明生成得好不好：对手一直在变。如果生成点完美、D 只能猜，两条线会停在虚线处。',
    },
    lossReadW: {
      en: 'With the Wasserstein loss, minus D’s loss (without its penalty) estimates how far the fakes must be moved: it should shrink. G’s loss alone means nothing.',
      zh: '用 Wasserstein 损失时，D 的损失（不含惩罚）取负号，估计的是生成点还要移动多远：它应当变小。G 的损失单独看没有意义。',
    },
    lossSource: { en: 'Mean over the iterations between two points of the curve; D’s loss includes its penalty', zh: '曲线上每点是其间各次迭代的平均；D 的损失包含惩罚项' },
    jsUnit: { en: 'Jensen–Shannon divergence, bits', zh: 'JS 散度（比特）' },
    wayUnit: { en: 'sliced Wasserstein distance, in the plane’s unit', zh: '切片 Wasserstein 距离（平面单位）' },
    fakes: { en: 'fakes', zh: '生成点' },
    floor: { en: 'real against real', zh: '真实点之间' },
    apartTitle: (v, floor) => (v <= floor
      ? { en: `The fakes are ${n(v)} bits from the data, no more than real points are`, zh: `生成点与数据相差 ${n(v)} 比特，不超过真实点之间的差距` }
      : { en: `The fakes are ${n(v)} bits from the data; a perfect generator would read ${n(floor)}`, zh: `生成点与数据相差 ${n(v)} 比特；完美的生成器读数为 ${n(floor)}` }),
    apartRead: {
      en: 'The grey band is what real points read in place of the fakes (two standard deviations): no generator can do better. 0 bits: the same; 1 bit: nothing in common. The distance goes on telling near from far where the divergence is already 1.',
      zh: '灰带是用真实点代替生成点时的读数（两倍标准差）：再好的生成器也到此为止。0 比特表示相同，1 比特表示毫无重合。散度已到 1 时，距离仍能分出远近。',
    },
    apartSource: {
      en: '2,048 fakes from fixed noise against the exact density: 50 × 50 cells for the divergence, 16 directions for the distance; floor from 40 real samples',
      zh: '固定噪声的 2,048 个生成点与精确密度比较：散度用 50×50 格，距离用 16 个方向；灰带取自 40 组真实样本',
    },
    modesTitle: (covered, all) => (covered === all
      ? { en: `All ${all} modes are covered`, zh: `${all} 个峰全部覆盖` }
      : { en: `${covered} of ${all} modes are covered, ${all - covered} missed`, zh: `覆盖 ${all} 个峰中的 ${covered} 个，漏掉 ${all - covered} 个` }),
    modesRead: {
      en: 'Share of the fakes within three standard deviations of each mode. The upright mark is its fair share; a mode counts as covered from 1 %.',
      zh: '离每个峰三倍标准差以内的生成点占比。竖线是它应得的份额；达到 1 % 就算覆盖。',
    },
    modesSource: (stray) => ({ en: `${PG.ganShare(stray)} of 2,048 fakes lie near no mode`, zh: `2,048 个生成点中有 ${PG.ganShare(stray)} 不靠近任何峰` }),
    noModes: { en: 'This distribution hangs together: it has no separate modes to miss', zh: '这个分布连成一片，没有分开的峰' },
    quality: (v) => ({ en: `${PG.ganShare(v)} of the fakes lie where the data is (the smallest region that holds 99 % of it).`, zh: `${PG.ganShare(v)} 的生成点落在数据所在之处（容纳 99 % 数据的最小区域）。` }),
    mode: (i) => ({ en: `mode ${i + 1}`, zh: `峰 ${i + 1}` }),
    covered: { en: 'covered', zh: '覆盖' },
    quality1: { en: 'on the data', zh: '在数据上' },
    shareUnit: { en: 'share', zh: '占比' },
    gradUnit: { en: 'length of the gradient, log scale', zh: '梯度长度（对数刻度）' },
    gradTitle: (d, g) => ({ en: `G’s gradient has length ${n(g)}, D’s ${n(d)}`, zh: `G 的梯度长度为 ${n(g)}，D 的为 ${n(d)}` }),
    gradRead: {
      en: 'How strongly each side is told to change. When D is sure of everything, the plain minimax loss leaves G with next to nothing: the gradient vanishes.',
      zh: '每一方被要求改变的程度。当 D 对一切都很有把握时，原始的极小极大损失几乎不给 G 任何信号：梯度消失。',
    },
    gradSource: { en: 'Euclidean length of the gradient by all weights of a side, before the optimiser', zh: '一方全部权重的梯度的欧氏长度，优化器处理之前' },
  };

  // Says the parts of a panel anew, many times a second: only what differs touches the page.
  PG.ganSay = (panel) => {
    const nodes = { title: panel.root.querySelector('.panel-title'), read: panel.root.querySelector('.read'), source: panel.root.querySelector('.source') },
      said = {};
    return (parts) => {
      for (const [name, what] of Object.entries(parts)) {
        const text = t(what);
        if (said[name] === text) continue;
        said[name] = nodes[name].textContent = text;
        nodes[name].hidden = !text;
      }
    };
  };
  const pictures = (name, host) => ({ SVG: () => PG.svgFile(`${name}.svg`, host), PNG: () => PG.pngFile(`${name}.png`, host) });

  // A tab with a panel and charts; `move(frame)` says its finding and moves its lines.
  const chartTab = (name, words, charts, room) => {
    const body = el('div', { class: 'gan-charts' }, charts.map((chart) => chart.root)),
      panel = PG.panel({ title: '', read: words.read, source: words.source, tools: { ...pictures(name, body), CSV: () => room.saveCurves(name), JSON: () => room.saveJson(name) } });
    fill(panel.body, body);
    return panel;
  };
  // The curve that came with a frame, if it is the one this tab shows: {at, name: numbers}
  const curveOf = ({ head, arrays }, name) => {
    if (head.curve?.name !== name) return null;
    const { at, curve } = arrays;
    return head.curve.columns.reduce((all, column, i) => ({ ...all, [column]: curve.subarray(i * at.length, (i + 1) * at.length) }), { at });
  };
  const CURVE = { losses: 'losses', apart: 'measures', modes: 'measures', gradients: 'gradients' };

  class Inside {
    constructor(plane) {
      this.plane = plane;
      this.moves = {};
      PG.on('lang', () => this.move());
      const tab = (key) => ({ key, label: W[key], draw: (host) => this.open(key, host) });
      this.tabs = PG.tabs(['losses', 'apart', 'modes', 'gradients', 'layers'].map(tab), { label: W.label, onShow: () => this.shown() });
      this.root = this.tabs.root;
      this.ready = true;
    }
    view() {
      const now = this.tabs?.current() ?? 'losses';
      return { curve: CURVE[now] || null, units: now === 'layers' };
    }
    open(key, host) {
      this.moves[key] = this[key](host);
    }
    // Another tab may need numbers that the last frame did not bring.
    shown() {
      if (!this.ready || !this.plane.frame) return;
      this.take(this.plane.frame);
      this.plane.live.look();
    }
    take(frame) {
      this.frame = frame;
      const wait = EVERY - (performance.now() - (this.last || 0));
      if (this.soon) return;
      this.soon = setTimeout(() => {
        this.soon = 0;
        this.last = performance.now();
        this.move();
      }, Math.max(0, wait));
    }
    move() {
      if (this.frame && this.root.offsetParent) this.moves[this.tabs.current()]?.(this.frame);
    }
    losses(host) {
      const chart = PG.ganChart({ unit: W.lossUnit, lines: [{ key: 'd_loss', label: W.d, ink: 'real' }, { key: 'g_loss', label: W.g, ink: 'fake' }] }),
        panel = chartTab('losses', { read: W.lossRead, source: W.lossSource }, [chart], this),
        say = PG.ganSay(panel);
      fill(host, panel.root);
      return (frame) => {
        const { losses, rest } = frame.head, curve = curveOf(frame, 'losses');
        say({ title: losses.d_loss === undefined ? W.none : W.lossTitle(losses.d_loss, losses.g_loss), read: rest ? W.lossRead : W.lossReadW });
        if (curve) chart.draw({ at: curve.at, values: curve, rules: rest ? [{ y: rest.d, label: W.rest('D', rest.d) }, { y: rest.g, label: W.rest('G', rest.g) }] : [] });
      };
    }

    apart(host) {
      const js = PG.ganChart({ unit: W.jsUnit, floor: 0, height: 13, lines: [{ key: 'divergence', label: W.fakes, ink: 'fake' }] }),
        way = PG.ganChart({ unit: W.wayUnit, floor: 0, height: 13, lines: [{ key: 'distance', label: W.fakes, ink: 'fake' }] }),
        panel = chartTab('how-far-apart', { read: W.apartRead, source: W.apartSource }, [js, way], this),
        say = PG.ganSay(panel);
      fill(host, panel.root);
      return (frame) => {
        const { measures, floor } = frame.head, curve = curveOf(frame, 'measures');
        say({ title: W.apartTitle(measures.divergence, floor.divergence[1]) });
        if (!curve) return;
        js.draw({ at: curve.at, values: curve, band: [...floor.divergence, W.floor] });
        way.draw({ at: curve.at, values: curve, band: [...floor.distance, W.floor] });
      };
    }

    modes(host) {
      const list = el('ol', { class: 'gan-modes' }),
        chart = PG.ganChart({ unit: W.shareUnit, floor: 0, ceiling: 1, height: 12, lines: [{ key: 'coverage', label: W.covered, ink: 'ink' }, { key: 'quality', label: W.quality1, ink: 'fake' }] }),
        panel = PG.panel({ title: '', tools: { ...pictures('modes', host), CSV: () => this.saveCurves('modes'), JSON: () => this.saveJson('modes') } }),
        say = PG.ganSay(panel),
        quality = el('p', { class: 'read' });
      fill(panel.body, list, quality, chart.root);
      fill(host, panel.root);
      let rows = [];
      const make = (count) => {
        list.classList.toggle('many', count > 10);
        rows = Array.from({ length: count }, (_, i) => {
          const bar = el('span', { class: 'fill' }), mark = el('span', { class: 'mark' }), value = el('span', { class: 'mono' });
          return { bar, mark, value, root: el('li', { class: 'gan-mode' }, el('span', {}, W.mode(i)), el('span', { class: 'track' }, bar, value, mark)) };
        });
        fill(list, rows.map(({ root }) => root));
      };
      return (frame) => {
        const { shares, covered, measures } = frame.head, curve = curveOf(frame, 'measures');
        say({
          title: shares.length ? W.modesTitle(covered, shares.length) : W.noModes,
          read: shares.length ? W.modesRead : '',
          source: shares.length ? W.modesSource(Math.max(0, 1 - shares.reduce((sum, one) => sum + one, 0))) : '',
        });
        if (rows.length !== shares.length) make(shares.length);
        const fair = 1 / shares.length, most = 1.25 * Math.max(1.5 * fair, ...shares);
        shares.forEach((share, i) => {
          rows[i].bar.style.width = `${(share / most) * 100}%`;
          rows[i].mark.style.left = `${(fair / most) * 100}%`;
          rows[i].value.textContent = PG.ganShare(share);
          rows[i].root.classList.toggle('missed', share < 0.01);
        });
        quality.textContent = t(W.quality(measures.quality));
        if (curve) chart.draw({ at: curve.at, values: shares.length ? curve : { ...curve, coverage: [] } });
      };
    }

    gradients(host) {
      const chart = PG.ganChart({ unit: W.gradUnit, log: true, lines: [{ key: 'd_grad', label: W.d, ink: 'real' }, { key: 'g_grad', label: W.g, ink: 'fake' }] }),
        panel = chartTab('gradients', { read: W.gradRead, source: W.gradSource }, [chart], this),
        say = PG.ganSay(panel);
      fill(host, panel.root);
      return (frame) => {
        const { losses } = frame.head, curve = curveOf(frame, 'gradients');
        say({ title: losses.d_grad === undefined ? W.none : W.gradTitle(losses.d_grad, losses.g_grad) });
        if (curve) chart.draw({ at: curve.at, values: curve });
      };
    }

    layers(host) {
      return PG.ganLayers(host);
    }

    // ---- downloads: what the tab shows
    table() {
      const { head } = this.frame, curve = head.curve && curveOf(this.frame, head.curve.name);
      if (!curve) return [['iterations']];
      return [['iterations', ...head.curve.columns], ...Array.from(curve.at, (at, i) => [at, ...head.curve.columns.map((name) => curve[name][i])])];
    }
    saveCurves(name) {
      PG.save(`${name}.csv`, PG.csv(this.table()), 'text/csv');
    }
    saveJson(name) {
      const [names, ...rows] = this.table(), { at, losses, measures, floor, shares } = this.frame.head;
      const curve = rows.map((row) => Object.fromEntries(row.map((v, i) => [names[i], v])));
      PG.save(`${name}.json`, PG.json({ config: this.plane.config, at, losses, measures, floor, shares, curve }), 'application/json');
    }
  }
  PG.ganInside = (plane) => {
    const inside = new Inside(plane);
    return { root: inside.root, take: (frame) => inside.take(frame), view: () => inside.view() };
  };
})();
