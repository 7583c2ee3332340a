// The input column of the plane: what is real, who plays, how they learn, and ways to fail on purpose.
(() => {
  const { el, fill, icon, t } = PG;
  const bound = (v) => (v >= 1000 ? PG.countText(v) : String(v));
  const W = {
    data: { en: 'Real points', zh: '真实点' },
    wrong: { en: 'Things that go wrong', zh: '会出什么问题' },
    between: (name, whole, min, max) => ({
      en: `“${name}” is a ${whole ? 'whole ' : ''}number from ${bound(min)} to ${bound(max)}.`,
      zh: `“${name}”应为 ${bound(min)} 到 ${bound(max)} 之间的${whole ? '整数' : '数'}。`,
    }),
    usual: { en: 'A sound game', zh: '正常的博弈' },
    usualSay: { en: 'The settings this room opens with', zh: '本页打开时的设置' },
    players: { en: 'The two players', zh: '对弈双方' },
    g: { en: 'Generator', zh: '生成器' },
    d: { en: 'Discriminator', zh: '判别器' },
    layers: { en: 'Hidden layers', zh: '隐藏层' },
    units: { en: 'Units in each', zh: '每层单元' },
    steps: { en: 'Steps per turn', zh: '每轮步数' },
    optimiser: { en: 'Optimiser', zh: '优化器' },
    rate: { en: 'Learning rate', zh: '学习率' },
    act: { en: 'Activation', zh: '激活函数' },
    beta1: { en: 'β₁ or momentum', zh: 'β₁ 或动量' },
    beta2: { en: 'β₂ of Adam', zh: 'Adam 的 β₂' },
    loss: { en: 'Loss', zh: '损失函数' },
    noise: { en: 'Noise', zh: '噪声' },
    noiseSize: { en: 'Numbers of noise', zh: '噪声维数' },
    batch: { en: 'Points per batch', zh: '每批点数' },
    gp: { en: 'Gradient penalty (Wasserstein)', zh: '梯度惩罚（Wasserstein）' },
    r1: { en: 'R1 penalty (other losses)', zh: 'R1 惩罚（其他损失）' },
    seed: { en: 'Seed', zh: '随机种子' },
    stop: { en: 'Stop after (0: never)', zh: '多少次后停止（0 为不停）' },
    open: { en: 'Open a saved weights.safetensors', zh: '打开保存的 weights.safetensors' },
    live: { en: 'Rates, steps, optimiser and loss change while it trains.', zh: '学习率、步数、优化器和损失可在训练中随时更改。' },
  };
  const RATES = [0.00001, 0.0001, 0.0003, 0.001, 0.002, 0.003, 0.005, 0.01, 0.03, 0.1, 0.3, 1];
  const UNITS = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 100];
  const LIVE = ['loss', 'batch', 'gp', 'r1', 'steps', 'optimiser', 'rate', 'beta1', 'beta2'];
  const upTo = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const short = (v) => String(v);
  const get = (config, path) => path.reduce((part, name) => part[name], config);
  PG.ganSet = (config, [first, second], value) => (second ? { ...config, [first]: { ...config[first], [second]: value } } : { ...config, [first]: value });

  // PG.ganInput({ value, config(), onChange(config, isLive, what), onPreset(preset | null), onFile(file) }) -> {nodes, sync(config, presetKey)}
  PG.ganInput = ({ value, config, onChange, onPreset, onFile, ink }) => {
    const syncs = [];
    const change = (path, next) => {
      const isLive = LIVE.includes(path.at(-1));
      onChange(PG.ganSet(config(), path, next), isLive, PG.ganSet(path.length === 2 ? { [path[0]]: {} } : {}, path, next));
    };

    // ---- small fields: a list to choose from, or a number
    const list = (path, label, options, say = short) => {
      const number = typeof options[0] === 'number',
        input = el('select', { class: 'cell', 'aria-label': label, 'data-field': path.join('.') });
      const offer = () => {
        const now = get(config(), path),
          all = number && !options.includes(now) ? [...options, now].sort((a, b) => a - b) : options;
        if (input.options.length !== all.length) fill(input, all.map((one) => el('option', { value: one.key ?? one, text: one.label ?? say(one) })));
        input.value = now;
      };
      input.addEventListener('change', () => change(path, number ? Number(input.value) : input.value));
      syncs.push(offer);
      return input;
    };
    const typed = (path, label, step = 'any') => {
      const [min, max] = value.bounds[path.at(-1)],
        input = el('input', { class: 'cell mono', type: 'number', min, max, step, 'aria-label': label, 'data-field': path.join('.') });
      const trouble = el('div', { class: 'gan-refused' });
      const refuse = () => {
        fill(trouble, PG.notice('wrong', () => t(W.between(input.getAttribute('aria-label'), step === 1, min, max))));
        input.closest('.gan-sides, .field').after(trouble);
      };
      const told = () => {
        if (input.value === '' || !input.checkValidity()) return refuse();
        trouble.remove();
        return change(path, Number(input.value));
      };
      input.addEventListener('change', told);
      syncs.push(() => {
        if (document.activeElement === input || trouble.isConnected) return;
        input.value = get(config(), path);
      });
      return input;
    };
    const options = (texts) => Object.entries(texts).map(([key, label]) => ({ key, label }));
    const labelled = (label, input) => el('label', { class: 'field gan-line' }, el('span', { class: 'label' }, label), input);

    // ---- what is real
    const thumb = ({ key, title, points }) => {
      const canvas = el('canvas', { 'aria-hidden': 'true' });
      const paint = () => {
        const side = Math.round(2.75 * PG.rem()),
          g = PG.size(canvas, side, side),
          at = Float32Array.from(new Int8Array(PG.bytes(points).buffer), (v) => v / 127);
        PG.ganReal(g, PG.ganPlace([-1.1, 1.1, -1.1, 1.1], side), at, 1.1, PG.ganInk());
        if (key === 'drawn') pen(g, side);
      };
      paint();
      PG.on('theme', paint);
      const button = el('button', { class: 'thumb', type: 'button', title, 'aria-label': title, 'data-data': key, onclick: () => change(['data'], key) }, canvas);
      syncs.push(() => button.setAttribute('aria-pressed', String(config().data === key)));
      return button;
    };
    const pen = (g, side) => {
      g.strokeStyle = PG.token('--c-ink-2');
      Object.assign(g, { lineWidth: 1.5, lineJoin: 'round' });
      g.translate(side / 2 - 8, side / 2 - 8);
      g.stroke(new Path2D('M3 13l.7-2.8 7-7 2.1 2.1-7 7zM9.3 4.6l2.1 2.1'));
    };
    const name = el('span', { class: 'hint' });
    syncs.push(() => { name.textContent = t(value.data.find(({ key }) => key === config().data).title); });
    const pad = PG.ganPad({ edge: value.edge, text: ink, onDraw: () => onChange({ ...config(), data: 'drawn', drawn: pad.strokes() }, false, {}) });
    syncs.push(() => { pad.root.hidden = config().data !== 'drawn'; });
    const real = el('div', { class: 'field' }, el('div', { class: 'label-row' }, el('div', { class: 'label' }, W.data), name),
      PG.roving(el('div', { class: 'gan-data' }, value.data.map(thumb))), pad.root);

    // ---- ways to fail
    const ways = [{ key: null, title: W.usual, sentence: W.usualSay }, ...value.presets];
    const way = (preset) => {
      const button = el('button', { class: 'example', type: 'button', 'data-preset': preset.key || 'usual', onclick: () => onPreset(preset.key ? preset : null) },
        el('span', { class: 'example-name' }, preset.title), el('span', { class: 'example-text' }, preset.sentence));
      return button;
    };
    const buttons = ways.map(way);
    const presets = PG.field(W.wrong, null, el('div', { class: 'examples gan-ways' }, buttons));

    const opener = () => {
      const file = el('input', { type: 'file', accept: '.safetensors', hidden: true, onchange: () => {
        if (file.files[0]) onFile(file.files[0]);
        file.value = '';
      } });
      return el('div', {}, el('button', { class: 'btn link', type: 'button', onclick: () => file.click() }, icon('up'), W.open), file);
    };

    // ---- the two players side by side
    const row = (label, make) => [el('span', { class: 'gan-side-name' }, label), make('g'), make('d')];
    const both = (label, name, choices, say) => row(label, (side) => list([side, name], () => `${t(W[side])}: ${t(label)}`, choices, say));
    const two = (label, name) => row(label, (side) => typed([side, name], () => `${t(W[side])}: ${t(label)}`));
    const bounds = (key) => upTo(...value.bounds[key]);
    const sides = (...rows) => el('div', { class: 'gan-sides' }, el('span', {}), el('b', { class: 'gan-side-head of-fake' }, W.g), el('b', { class: 'gan-side-head of-real' }, W.d), rows);
    const players = PG.field(W.players, null, sides(
      both(W.layers, 'layers', bounds('layers')), both(W.units, 'units', UNITS), both(W.steps, 'steps', bounds('steps')),
      both(W.optimiser, 'optimiser', options(value.choices.optimiser)), both(W.rate, 'rate', RATES)));
    const loss = labelled(W.loss, list(['loss'], W.loss, options(value.choices.loss)));
    loss.classList.replace('gan-line', 'gan-stack');
    const noise = el('div', { class: 'gan-pair' },
      el('label', { class: 'field' }, el('span', { class: 'label' }, W.noise), list(['noise'], W.noise, options(value.choices.noise))),
      el('label', { class: 'field' }, el('span', { class: 'label' }, W.noiseSize), list(['noise_size'], W.noiseSize, bounds('noise_size'))));
    const more = PG.more(null, sides(both(W.act, 'act', options(value.choices.act)), two(W.beta1, 'beta1'), two(W.beta2, 'beta2')),
      labelled(W.batch, typed(['batch'], W.batch, 1)), labelled(W.gp, typed(['gp'], W.gp)), labelled(W.r1, typed(['r1'], W.r1)),
      labelled(W.stop, typed(['stop'], W.stop, 1)), el('span', { class: 'hint' }, W.live), opener());

    const sync = (key) => {
      syncs.forEach((f) => f());
      ways.forEach((one, i) => buttons[i].setAttribute('aria-pressed', String(one.key === key)));
    };
    PG.on('lang', () => syncs.forEach((f) => f()));
    return { nodes: [real, presets, loss, noise, players, labelled(W.seed, typed(['seed'], W.seed, 1)), more], sync, pad };
  };
})();
