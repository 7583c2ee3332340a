// What the shots curve is measured on: which questions, whose examples, what counts as right.
(() => {
  const { el, t } = PG;
  const W = () => PG.gptCurveWords;
  const SHOTS = [0, 1, 2, 3, 4, 6, 8], COUNTS = [10, 20, 50, 100, 200], ORDERS = [0, 3, 5, 10];

  const listBox = (state, onChange, fail) => {
    const text = el('textarea', { rows: 4, class: 'field', spellcheck: 'false', placeholder: 'cat, cats\ndog, dogs', 'aria-label': W().list });
    text.value = state.text;
    const take = async () => {
      state.text = text.value;
      const said = state.text.trim() ? await PG.ask('gpt/curve_list', { text: state.text }) : { rows: [] };
      fail(said.wrong);
      if (said.wrong) return;
      state.asked = said.rows;
      onChange();
    };
    text.addEventListener('change', take);
    const file = el('input', { type: 'file', accept: '.csv,.tsv,.txt', class: 'sr', 'aria-label': W().upload, onchange: async () => {
      if (!file.files[0]) return;
      text.value = await file.files[0].text();
      file.value = '';
      take();
    } });
    const upload = el('button', { class: 'btn', type: 'button', onclick: () => file.click() }, PG.icon('up'), W().upload);
    return el('div', { class: 'curve-list' }, el('div', { class: 'label-row' }, el('span', { class: 'hint' }, W().list), upload, file), text);
  };
  const checks = (state, onChange) => el('div', { class: 'field' }, el('div', { class: 'label' }, W().shots),
    el('div', { class: 'choices' }, SHOTS.map((k) => {
      const input = el('input', { type: 'checkbox', 'aria-label': () => t(W().many(k)), onchange: () => {
        const next = SHOTS.filter((one) => (one === k ? input.checked : state.shots.includes(one)));
        if (next.length) state.shots = next; else input.checked = true;
        onChange();
      } });
      input.checked = state.shots.includes(k);
      return el('label', { class: 'choice' }, input, el('span', { text: String(k) }));
    })));
  const seed = (state, onChange) => {
    const input = el('input', { class: 'cell', type: 'number', min: 0, max: 999999, value: state.seed, 'aria-label': W().seed, onchange: () => {
      state.seed = Math.max(0, Math.min(999999, Math.round(Number(input.value)) || 0));
      input.value = state.seed;
      onChange();
    } });
    return PG.field(W().seed, null, input);
  };

  PG.curveSettings = {
    first: () => ({ list: null, drawn: true, labels: true, count: 50, shots: [0, 1, 2, 4, 8], orders: 3, seed: 0, asked: [], text: '' }),

    // state: see `first`; tasks: [{key, name}]; prompt: the builder's; fail(wrong or nothing) says what is wrong with a list
    draw: (host, state, { tasks, prompt, onChange, fail }) => {
      const open = host.querySelector('details')?.open, again = (part) => { Object.assign(state, part); onChange(); PG.curveSettings.draw(host, state,
        { tasks, prompt, onChange, fail }); };
      const lists = [
        ...tasks.map(({ key, name }) => ({ key, label: () => `${t(W().heldOut)}: ${t(name)}` })),
        { key: 'turn', label: W().inTurn }, { key: 'own', label: W().ownList },
      ];
      const rows = [PG.select({ label: W().questions, options: lists, value: state.list, onchange: (list) => again({ list }) }).root];
      if (state.list.startsWith('task-')) {
        rows.push(
          PG.choice({ label: W().examples, value: state.drawn ? 'drawn' : 'mine', onchange: (key) => again({ drawn: key === 'drawn' }),
            options: [{ key: 'drawn', label: W().drawn }, { key: 'mine', label: W().mine }] }).root,
          PG.select({ label: W().howMany, value: String(state.count), onchange: (count) => again({ count: Number(count) }),
            options: COUNTS.map((n) => ({ key: String(n), label: String(n) })) }).root);
      }
      if (prompt.labels?.length) {
        rows.push(PG.choice({ label: W().counts, value: state.labels ? 'chosen' : 'written', onchange: (key) => again({ labels: key === 'chosen' }),
          options: [{ key: 'chosen', label: W().chosen }, { key: 'written', label: W().written }] }).root);
      }
      const more = PG.more(W().more, checks(state, onChange),
        PG.select({ label: W().otherOrders, value: String(state.orders), onchange: (n) => again({ orders: Number(n) }),
          options: ORDERS.map((n) => ({ key: String(n), label: String(n) })) }).root, seed(state, onChange));
      more.open = Boolean(open);
      PG.fill(host, el('div', { class: 'curve-controls' }, rows), state.list === 'own' ? listBox(state, onChange, fail) : null, more);
    },

    // The question for gpt/curve. The description is measured with and without, whether or not the reader says it now.
    question: (state, { prompt, state: { description, described } }) => ({
      prompt: { ...prompt, description }, described, task: state.list.startsWith('task-') ? state.list.slice(5) : '',
      asked: state.list === 'own' ? state.asked : [], drawn: state.drawn, labels: Boolean(state.labels && prompt.labels.length),
      shots: state.shots, count: state.count, orders: state.orders, seed: state.seed,
    }),
  };
})();
