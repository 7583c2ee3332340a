// Below the changes of the GPT room: which neurons hold a token up, and what every part of the model adds to its logit.
(() => {
  const { el, t } = PG;
  const W = {
    neurons: { en: 'Neurons that matter most', zh: '最重要的神经元' },
    find: { en: 'Find the neurons', zh: '寻找神经元' },
    finding: { en: 'Following the gradient to every neuron, then switching twenty of them off', zh: '沿梯度找到每个神经元，再逐个关闭其中二十个' },
    how: {
      en: 'Twenty neurons of the feed-forwards with the largest activation × gradient of the log-probability; the change is computed by switching each off. Click one to keep it off.',
      zh: '各层前馈中“激活 × 对数概率的梯度”最大的二十个神经元；变化是逐个关闭后真正算出来的。点击即可保持关闭。',
    },
    name: { en: 'layer.neuron', zh: '层.神经元' },
    active: { en: 'activation', zh: '激活值' },
    guess: { en: 'first-order guess', zh: '一阶估计' },
    change: { en: 'Δp without it', zh: '没有它的 Δp' },
    adds: { en: 'What every part adds to the logit', zh: '每个部分给 logit 加了多少' },
    addsHow: {
      en: 'Each part writes into the token’s vector; the last normalisation, held as it is in this run, and the table of words turn that into a part of the logit '
        + '(direct logit attribution). Teal raises it, crimson lowers it. Click a part to switch it off.',
      zh: '每个部分都往词元的向量里写入内容；最后的归一化（取本次运行时的尺度）和词表把它变成 logit 的一部分（直接 logit 归因）。青色抬高，深红压低。点击可关闭该部分。',
    },
    embedding: { en: 'embedding', zh: '嵌入' },
    constant: { en: 'constants', zh: '常数' },
    bias: { en: 'bias', zh: '偏置' },
    heads: { en: 'heads', zh: '头' },
    mlps: { en: 'MLPs', zh: '前馈' },
    biases: { en: 'biases', zh: '偏置' },
  };
  const signed = (v, digits = 2) => `${v > 0 ? '+' : ''}${PG.minus(v, digits)}`;
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  const exact = (v) => (Math.abs(v) < 1e-9 ? '0' : v.toExponential(1).replace('-', '\u2212').replace('e-', 'e\u2212'));

  // ---- neurons
  const bar = (change, most) => {
    const share = (50 * Math.abs(change)) / most;
    return el('span', { class: `matter-bar signed${change < 0 ? ' minus' : ''}` },
      el('span', { style: { width: `${share}%`, left: change < 0 ? `${50 - share}%` : '50%' } }));
  };
  const table = (view) => {
    const { neurons, target } = view.found, most = Math.max(...neurons.map(({ change }) => Math.abs(change)), 1e-9);
    const toggle = (one) => view.change({ ...view.edits, neurons: PG.alterings.toggled(view.edits.neurons, [one.layer, one.index]) });
    const off = ({ layer, index }) => view.edits.neurons.some(([l, n]) => l === layer && n === index);
    const line = (one) => el('li', {}, el('button', {
      class: `neuron${off(one) ? ' off' : ''}`, type: 'button', 'aria-pressed': String(off(one)), onclick: () => toggle(one),
      title: `${PG.chance(target.chance)} → ${PG.chance(one.chance)}`,
    }, el('span', { class: 'mono neuron-name', text: `${one.layer + 1}.${one.index}` }), el('span', { class: 'mono', text: PG.minus(one.activation) }),
    el('span', { class: 'mono', text: signed(one.guess, 3) }), bar(one.change, most), el('span', { class: 'mono neuron-change', text: PG.editPoints(one.change) })));
    return el('div', {}, el('div', { class: 'neuron neuron-head', 'aria-hidden': 'true' },
      [W.name, W.active, W.guess].map((text) => el('span', {}, text)), el('span', {}), el('span', {}, W.change)), el('ol', { class: 'neurons' }, neurons.map(line)));
  };
  const find = async (view, host) => {
    const leaving = new AbortController(), bar_ = PG.busy(host, W.finding, () => leaving.abort());
    const said = await PG.ask('gpt/neurons', { ...view.asked, edits: view.edits, target: view.target?.id }, leaving.signal).catch((error) => {
      if (error.name !== 'AbortError') throw error;
    });
    bar_.done();
    if (!said) { paintNeurons(view, host); return; }
    if (said.wrong) { PG.fill(host, PG.notice('wrong', said.wrong)); return; }
    view.found = said;
    paintNeurons(view, host);
  };
  const paintNeurons = (view, host) => PG.fill(host, el('div', { class: 'label-row' }, el('h4', { class: 'label', text: W.neurons })),
    el('p', { class: 'read' }, W.how),
    el('button', { class: 'btn', type: 'button', onclick: () => find(view, host) }, W.find), view.found ? table(view) : null);

  // ---- shares of the logit
  const board = (view, told) => {
    const { heads } = view.answer, { more, pick } = PG.gptEditCells, parts = [...told.heads.flat(), ...told.biases, ...told.mlps, told.embedding];
    const most = Math.max(...parts.map(Math.abs), 1e-9), ramp = PG.ramp('--signed');
    const cell = (value, name, onclick) => {
      const colour = ramp(.5 + (.42 * value) / most);
      return el('button', {
        class: 'alter-cell share', type: 'button', 'aria-label': () => `${t(name)}: ${signed(value, 3)}`, style: { background: PG.str(colour), color: PG.inkOn(colour) },
        onclick, disabled: !onclick, onmousemove: (event) => PG.tip(event, el('b', {}, name), el('span', { class: 'mono', text: signed(value, 4) })), onmouseleave: PG.untip,
      }, el('span', { text: Math.abs(value) < .05 ? '' : PG.minus(value, Math.abs(value) < 9.95 ? 1 : 0) }));
    };
    const line = (layer) => [
      el('span', { class: 'alter-axis first', text: String(layer + 1) }),
      told.heads[layer].map((value, head) => cell(value, PG.editName(layer, head), () => pick(view, layer, head))),
      cell(told.biases[layer], { en: `Layer ${layer + 1}, bias of the attention`, zh: `第 ${layer + 1} 层，注意力的偏置` }, null),
      cell(told.mlps[layer], more[1].name(layer), () => pick(view, layer, heads + 1)),
    ];
    const head = [el('span', { class: 'alter-axis first' }, { en: 'layer', zh: '层' }), told.heads[0].map((_, i) => el('span', { class: 'alter-axis', text: String(i + 1) })),
      el('span', { class: 'alter-axis' }, W.bias), el('span', { class: 'alter-axis' }, { en: 'MLP', zh: '前馈' })];
    const style = { 'grid-template-columns': `3rem repeat(${heads}, minmax(1.25rem, 3.25rem)) repeat(2, minmax(2.75rem, 3.25rem))` };
    return el('div', { class: 'alter-grid-box' }, el('div', { class: 'alter-grid', style }, head, told.heads.map((_, layer) => line(layer))));
  };
  const adding = (told) => {
    const part = (name, value) => el('span', { class: 'share-part' }, el('span', {}, name), el('b', { class: 'mono', text: PG.minus(value) }));
    return el('p', { class: 'share-sum' },
      part(W.embedding, told.embedding), ' + ', part(W.heads, sum(told.heads.flat())), ' + ', part(W.biases, sum(told.biases)), ' + ', part(W.mlps, sum(told.mlps)),
      ' + ', part(W.constant, told.constant), ' = ', el('b', { class: 'mono', text: PG.minus(told.total, 4) }),
      el('span', { class: 'hint' }, { en: ` · the model’s logit: ${PG.minus(told.logit, 4)}, difference ${exact(told.total - told.logit)}`,
        zh: ` · 模型的 logit：${PG.minus(told.logit, 4)}，差 ${exact(told.total - told.logit)}` }));
  };
  const paintShares = (view, host) => {
    const told = view.shares;
    if (!told) return;
    const name = t(PG.gptTarget.quoted(told.target));
    PG.fill(host, el('h4', { class: 'label' }, W.adds, ': ', el('span', { class: 'mono', text: name })), el('p', { class: 'read' }, W.addsHow), board(view, told), adding(told));
  };
  const weigh = async (view, host) => {
    const turn = (view.weighing = {}), said = await PG.ask('gpt/shares', { ...view.asked, edits: view.edits, target: view.target?.id });
    if (turn !== view.weighing) return;
    if (said.wrong) { view.shares = null; PG.fill(host, el('h4', { class: 'label', text: W.adds }), PG.notice('note', said.wrong)); return; }
    view.shares = said;
    paintShares(view, host);
  };

  // Drawn again after every answer; the shares are asked for anew, as the changes change them.
  PG.gptParts = (view) => {
    const neurons = el('section', { class: 'alter-part' }), shares = el('section', { class: 'alter-part' });
    PG.fill(view.more, shares, neurons);
    paintNeurons(view, neurons);
    paintShares(view, shares);
    weigh(view, shares);
  };
})();
