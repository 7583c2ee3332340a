// The rules of a choice as sliders. At its neutral value a rule is off.
(() => {
  const { el, icon, t } = PG;
  const W = {
    off: { en: 'off', zh: '关' },
    way: { en: 'Choose', zh: '选择方式' },
    sampled: { en: 'By chance', zh: '随机抽取' },
    greedy: { en: 'Greedy', zh: '贪心' },
    reset: { en: 'All off', zh: '全部关闭' },
  };
  const K = [1, 2, 3, 5, 8, 10, 15, 20, 30, 40, 50, 100, 200, 500, 1000, 0];  // 0 is off
  const off = (v, at) => (v === at ? t(W.off) : String(v));
  const SLIDERS = [
    { key: 'temperature', none: 1, range: { min: .1, max: 3, step: .05 },
      label: { en: 'Temperature', zh: '温度' }, hint: { en: 'below 1 safer, above 1 wilder', zh: '小于 1 更稳妥，大于 1 更随意' } },
    { key: 'top_k', none: 0, range: { min: 0, max: K.length - 1, step: 1 }, list: K,
      label: { en: 'Top-k', zh: 'top-k' }, hint: { en: 'only the k likeliest', zh: '只留最可能的 k 个' } },
    { key: 'top_p', none: 1, range: { min: .05, max: 1, step: .01 },
      label: { en: 'Top-p', zh: 'top-p' }, hint: { en: 'the fewest that reach this share', zh: '合计达到此概率的最少几个' } },
    { key: 'min_p', none: 0, range: { min: 0, max: .5, step: .005 },
      label: { en: 'Min-p', zh: 'min-p' }, hint: { en: 'at least this part of the best', zh: '不低于最高概率的这个比例' } },
    { key: 'typical_p', none: 1, range: { min: .05, max: 1, step: .01 },
      label: { en: 'Typical', zh: '典型采样' }, hint: { en: 'those of expected surprise', zh: '意外程度最接近预期的' } },
    { key: 'repetition_penalty', none: 1, range: { min: .8, max: 2, step: .05 },
      label: { en: 'Repetition penalty', zh: '重复惩罚' }, hint: { en: 'above 1: says less again', zh: '大于 1：少重复已有的词' } },
  ];
  const nearest = (list, v) => {
    const far = (one) => Math.abs((one || 1e9) - (v || 1e9));  // 0 is without end
    return list.reduce((best, one, i) => (far(one) < far(list[best]) ? i : best), 0);
  };


  // {settings() -> the object with all rules, onSet(part)} -> {root, show()}
  PG.gptNextSettings = ({ settings, onSet }) => {
    const sliders = SLIDERS.map(({ key, label, hint, none, range, list }) => {
      const read = (v) => (list ? list[v] : v), at = () => (list ? nearest(list, settings()[key]) : settings()[key]);
      const slider = PG.slider({ label, hint, ...range, value: at(), format: (v) => off(read(v), none), oninput: (v) => onSet({ [key]: read(v) }) });
      return { root: slider.root, show: () => slider.set(at()) };
    });
    const picked = () => (settings().greedy ? 'greedy' : 'chance');
    const way = PG.choice({
      label: W.way, options: [{ key: 'chance', label: W.sampled }, { key: 'greedy', label: W.greedy }], value: picked(),
      onchange: (key) => onSet({ greedy: key === 'greedy' }),
    });
    const clear = () => onSet({ ...PG.gptNextWords.OFF, seed: settings().seed });
    const reset = el('button', { class: 'btn', type: 'button', onclick: clear }, icon('again'), W.reset);
    const show = () => { sliders.forEach((slider) => slider.show()); way.set(picked()); };
    const root = el('div', { class: 'next-settings' }, el('div', { class: 'next-sliders' }, sliders.map((slider) => slider.root)),
      el('div', { class: 'next-way' }, way.root, reset));
    return { root, show };
  };
})();
