// A small generator that learns while one watches: fully connected nets, small digits, one minute.
(() => {
  const { el, fill, t } = PG;
  const W = {
    unit: { en: 'iterations', zh: '次迭代' },
    start: { en: 'Noise through random weights; press Play, in a minute there are digits', zh: '噪声穿过随机权重；按“播放”，一分钟后就有数字' },
    found: (at, fooled, all) => ({
      en: `After ${PG.countText(at)} iterations the discriminator takes ${fooled || 'none'} of these ${all} for real`,
      zh: `${PG.countText(at)} 次迭代后，判别器把这 ${all} 张中的 ${fooled} 张当成真的`,
    }),
    read: {
      en: 'Two fully connected nets and 2,000 small digits. The 25 latent vectors never change, so each picture keeps its place and you see it become a digit, and sometimes another one.',
      zh: '两个全连接网络和 2,000 个小数字。25 个潜在向量始终不变，所以每张图都在原位，你会看到它变成某个数字，有时又变成另一个。',
    },
    net: { en: 'Nets', zh: '网络' },
    small: { en: 'small', zh: '小' },
    medium: { en: 'medium', zh: '中' },
    latent: { en: 'Latent numbers', zh: '潜在数' },
    rate: { en: 'Learning rate', zh: '学习率' },
    flat: { en: 'Penalty on the slope of D (R1)', zh: '对 D 斜率的惩罚（R1）' },
    losses: { en: 'loss', zh: '损失' },
    scores: { en: 'mean score', zh: '平均得分' },
    iterations: { en: 'iterations', zh: '迭代次数' },
    real: { en: 'real', zh: '真实' },
    fake: { en: 'fakes', zh: '样本' },
    source: { en: '2,000 of the training digits, 14 × 14 pixels; weights shown are averages over the last 200 iterations', zh: '2,000 个训练数字，14×14 像素；所示权重是最近约 200 次迭代的平均' },
  };
  const GLIDE = 180;

  PG.ganPicturesLive = (room) => {
    let config = null, live = null, made = false, panel, grid, cells = [], charts = null, from = null, goal = null, since = 0, moving = 0;
    const side = 14;
    // Pictures glide from what is drawn to what came last.
    const paint = () => {
      const share = Math.min(1, (performance.now() - since) / GLIDE), ramp = PG.ramp('--amount'), w = cellSide();
      cells.forEach((canvas, i) => PG.paint(canvas, w, w, side, side, (at) => {
        const k = i * side * side + at;
        return ramp((from[k] + share * (goal[k] - from[k])) / 255);
      }));
      moving = share < 1 ? requestAnimationFrame(paint) : 0;
    };
    const cellSide = () => Math.max(30, Math.min(64, Math.floor((grid.clientWidth - 5 * 6) / 5)));
    const draw_ = ({ head, arrays }) => {
      if (!goal) from = arrays.pictures;
      else {
        const share = Math.min(1, (performance.now() - since) / GLIDE);
        from = Float32Array.from(goal, (v, k) => from[k] + share * (v - from[k]));
      }
      goal = arrays.pictures;
      since = performance.now();
      if (!moving) moving = requestAnimationFrame(paint);
      const fooled = arrays.scores.reduce((n, p) => n + (p > 0.5), 0);
      panel.set(head.at ? W.found(head.at, fooled, arrays.scores.length) : W.start);
      drawCharts(arrays);
    };
    const drawCharts = ({ at, curve }) => {
      const column = (k) => Float32Array.from(at, (_, i) => curve[i * 4 + k]), to = Math.max(1, at.at(-1) || 1);
      charts[0].draw({ x: at, from: 0, to, ys: { d: column(0), g: column(1) } });
      charts[1].draw({ x: at, from: 0, to, ys: { real: column(2), fake: column(3) } });
    };
    const question = (newSeed) => {
      if (newSeed) config = { ...config, seed: Math.floor(Math.random() * 10000) };
      return config;
    };
    const anew = (what) => { config = { ...config, ...what }; live.start(); };
    const settings = () => {
      const net = PG.choice({ label: W.net, value: config.net, options: ['small', 'medium'].map((name) => ({ key: name, label: W[name] })), onchange: (name) => anew({ net: name }) });
      const latent = PG.slider({ label: W.latent, min: 2, max: 64, step: 1, value: config.latent, onchange: (v) => anew({ latent: v }) });
      const rate = PG.slider({
        label: W.rate, min: -4.5, max: -2, step: 0.1, value: Math.log10(config.rate), format: (v) => (10 ** v).toPrecision(2),
        onchange: (v) => { config = { ...config, rate: 10 ** v }; live.change({ rate: config.rate }); },
      });
      const flat = PG.slider({ label: W.flat, min: 0, max: 0.2, step: 0.005, value: config.flat, format: (v) => v.toFixed(3), onchange: (v) => anew({ flat: v }) });
      return el('div', { class: 'gan-live-settings' }, net.root, latent.root, rate.root, flat.root);
    };
    const build = () => {
      config = { ...room.value.live };
      live = PG.live({ verb: 'gan/pictures_live_', unit: W.unit, question, draw: draw_ });
      cells = Array.from({ length: 25 }, () => el('canvas', { class: 'gan-shot' }));
      grid = el('div', { class: 'gan-live-grid' }, cells);
      charts = [
        PG.chart({ x: W.iterations, y: W.losses, height: 8, floor: 0, lines: [{ key: 'd', name: 'D', colour: '--c-ink' }, { key: 'g', name: 'G', colour: '--c-accent' }] }),
        PG.chart({ x: W.iterations, y: W.scores, height: 8, floor: 0, ceil: 1, lines: [{ key: 'real', name: W.real, colour: '--c-value' }, { key: 'fake', name: W.fake, colour: '--c-key' }] }),
      ];
      panel = PG.panel({
        title: W.start, read: W.read, source: W.source,
        tools: { PNG: () => PG.pngFile('live.png', grid), SVG: () => PG.svgFile('live.svg', grid) },
      });
      fill(panel.body, live.root, el('div', { class: 'gan-looks' }, el('div', {}, grid, live.line), el('div', {}, charts.map((chart) => chart.root))), settings());
      PG.watchWidth(grid, () => goal && paint());
      PG.on('theme', () => requestAnimationFrame(() => goal && paint()));
    };
    const draw = (host) => {
      if (!live) build();
      fill(host, panel.root);
      if (!made) { made = true; live.start(); }
    };
    return { draw, rest: () => { if (live?.playing) live.pause(); } };
  };
})();
