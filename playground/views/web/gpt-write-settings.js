// How a token is chosen, in few controls: greedy or drawn, temperature, top-k, top-p, seed; the rest folded.
(() => {
  const { el } = PG;
  const W = {
    way: { en: 'Each token is', zh: '每个词元' },
    greedy: { en: 'the likeliest', zh: '取最可能的' },
    drawn: { en: 'drawn', zh: '随机抽取' },
    temperature: { en: 'Temperature', zh: '温度' },
    top_k: { en: 'Top-k', zh: 'Top-k' },
    top_p: { en: 'Top-p', zh: 'Top-p' },
    min_p: { en: 'Min-p', zh: 'Min-p' },
    typical_p: { en: 'Typical-p', zh: 'Typical-p' },
    repetition_penalty: { en: 'Repetition penalty', zh: '重复惩罚' },
    seed: { en: 'Seed', zh: '随机种子' },
    another: { en: 'Another seed', zh: '换一个种子' },
    off: { en: 'off', zh: '关' },
    more: { en: 'More sampling rules', zh: '更多采样规则' },
    asIs: { en: 'drawn as the model says', zh: '按模型给的概率抽取' },
  };
  const NEUTRAL = { temperature: 1, top_k: 0, top_p: 1, min_p: 0, typical_p: 1, repetition_penalty: 1, greedy: false, seed: 0 };
  const K = [1, 2, 3, 5, 8, 10, 15, 20, 30, 40, 50, 100, 200, 500, 1000, 0]; // 0 is off
  const SLIDERS = {
    temperature: { min: .1, max: 3, step: .05 },
    top_k: { min: 0, max: K.length - 1, step: 1, list: K },
    top_p: { min: .05, max: 1, step: .01 },
    min_p: { min: 0, max: .5, step: .005 },
    typical_p: { min: .05, max: 1, step: .01 },
    repetition_penalty: { min: .8, max: 2, step: .05 },
  };
  const apart = (a, b) => Math.abs((a || 1e9) - (b || 1e9));
  const nearest = (list, v) => list.reduce((best, one, i) => (apart(one, v) < apart(list[best], v) ? i : best), 0);
  const FIRST = ['temperature', 'top_k', 'top_p'], REST = ['min_p', 'typical_p', 'repetition_penalty'];
  const SEEDS = 2 ** 32;
  const rounded = (v) => String(Number(v.toFixed(3)));

  // The settings in words: those that are on, in the order in which they work.
  const parts = (settings) => {
    const penalty = settings.repetition_penalty !== 1 ? ['repetition_penalty'] : [];
    const names = settings.greedy ? penalty : [...penalty, ...[...FIRST, 'min_p', 'typical_p'].filter((name) => settings[name] !== NEUTRAL[name])];
    const said = names.map((name) => `${PG.t(W[name])} ${rounded(settings[name])}`);
    return settings.greedy ? [PG.t(W.greedy), ...said] : [...(said.length ? said : [PG.t(W.asIs)]), `${PG.t(W.seed)} ${settings.seed}`];
  };
  PG.gptSaid = (settings) => () => parts(settings).join(' · ');

  // Of two settings what is said of one and not of the other.
  PG.gptApart = (one, other) => () => {
    const said = parts(one), theirs = parts(other), own = said.filter((part) => !theirs.includes(part));
    return (own.length ? own : said).join(' · ');
  };

  // {value: settings, onchange(settings)} -> {root, set(settings)}
  PG.gptSettings = ({ value, onchange, name }) => {
    let settings = { ...NEUTRAL, ...value };
    const change = (part) => { settings = { ...settings, ...part }; dim(); onchange(settings); };
    const read = (key, v) => SLIDERS[key].list?.[v] ?? v, place = (key, v) => (SLIDERS[key].list ? nearest(SLIDERS[key].list, v) : v);
    const said = (key, v) => (v === NEUTRAL[key] && key !== 'temperature' ? PG.t(W.off) : rounded(v));
    const slider = (key) => PG.slider({
      label: W[key], ...SLIDERS[key], value: place(key, settings[key]), format: (v) => said(key, read(key, v)), oninput: (v) => change({ [key]: read(key, v) }),
    });
    const sliders = Object.fromEntries([...FIRST, ...REST].map((key) => [key, slider(key)]));
    const way = PG.choice({
      label: W.way, value: settings.greedy ? 'greedy' : 'drawn', onchange: (key) => change({ greedy: key === 'greedy' }),
      options: ['drawn', 'greedy'].map((key) => ({ key, label: W[key] })),
    });
    const seed = el('input', {
      type: 'number', class: 'cell mono', min: 0, max: SEEDS - 1, step: 1, 'aria-label': W.seed, onchange: () => take(Number(seed.value)),
    });
    const take = (n) => { seed.value = Math.min(SEEDS - 1, Math.max(0, Math.round(n) || 0)); change({ seed: Number(seed.value) }); };
    const dice = el('button', {
      class: 'btn icon', type: 'button', title: W.another, 'aria-label': W.another, onclick: () => take(settings.seed + 1),
    }, PG.icon('dice'));
    const row = PG.field(W.seed, null, el('div', { class: 'write-seed' }, seed, dice));
    const onlyDrawn = [sliders.temperature, sliders.top_k, sliders.top_p, sliders.min_p, sliders.typical_p].map(({ root }) => root).concat(row);
    const dim = () => onlyDrawn.forEach((node) => { node.hidden = settings.greedy; });
    const more = PG.more(W.more, REST.map((key) => sliders[key].root));
    const set = (next) => {
      settings = { ...NEUTRAL, ...next };
      way.set(settings.greedy ? 'greedy' : 'drawn');
      Object.entries(sliders).forEach(([key, one]) => one.set(place(key, settings[key])));
      seed.value = settings.seed;
      dim();
    };
    set(settings);
    const head = name ? el('h3', { class: 'label write-side', text: name }) : null;
    return { root: el('div', { class: 'write-settings' }, head, way.root, FIRST.map((key) => sliders[key].root), row, more), set };
  };
})();
