// What is chosen around the network: rate, activation, optimizer, penalty, layers, and what a click on the map does.
(() => {
  const { el, t, icon, fill } = PG;
  const RATES = [0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    PENALTIES = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
  const options = (all) => Object.entries(all).map(([key, label]) => ({ key, label }));
  const numbers = (all) => all.map((v) => ({ key: v, label: String(v) }));
  const withOwn = (all, v) => (all.includes(v) ? all : [...all, v].sort((a, b) => a - b));

  // ---- what is chosen above the network
  PG.mlpSettings = (room) => {
    const W = PG.mlpWords,
      host = el('div', { class: 'mlp-settings' });
    const draw = () => {
      const { config, value } = room,
        kind = config.l1 ? 'l1' : config.l2 ? 'l2' : room.penaltyKind || 'none';
      const strength = config.l1 || config.l2;
      const select = (label, choices, now, onchange) => PG.select({ label, options: choices, value: String(now), onchange }).root;
      fill(
        host,
        select(W.rate, numbers(withOwn(RATES, config.rate)), config.rate, (v) => room.set({ rate: Number(v) })),
        select(W.activation, options(value.activations), config.activation, (v) => room.set({ activation: v })),
        select(W.optimizer, options(value.optimizers), config.optimizer, (v) => room.set({ optimizer: v })),
        select(
          W.penalty,
          [
            { key: 'none', label: W.none },
            { key: 'l1', label: 'L1' },
            { key: 'l2', label: 'L2' },
          ],
          kind,
          (v) => {
            room.penaltyKind = v;
            room.set({ l1: v === 'l1' ? strength || 0.001 : 0, l2: v === 'l2' ? strength || 0.001 : 0 });
          },
        ),
        kind === 'none'
          ? null
          : select(W.strength, numbers(withOwn(PENALTIES, strength)), strength, (v) => room.set({ [kind]: Number(v) })),
      );
    };
    return { root: host, refresh: draw };
  };
  PG.mlpLayers = (room) => {
    const W = PG.mlpWords,
      said = el('span', { class: 'mono' });
    const change = (by) => {
      const hidden = room.config.hidden.slice();
      if (by > 0) hidden.push(hidden.at(-1) || 2);
      else hidden.pop();
      room.set({ hidden });
    };
    const more = el(
      'button',
      { class: 'net-step', type: 'button', 'aria-label': W.addLayer, title: W.addLayer, onclick: () => change(1) },
      '+',
    );
    const less = el(
      'button',
      { class: 'net-step', type: 'button', 'aria-label': W.lessLayer, title: W.lessLayer, onclick: () => change(-1) },
      '\u2212',
    );
    return {
      root: el('div', { class: 'net-layers' }, el('span', { class: 'label' }, W.hidden), less, said, more),
      refresh: () => {
        const n = room.config.hidden.length;
        said.textContent = n;
        less.disabled = !n;
        more.disabled = n >= room.value.most.layers;
      },
    };
  };

  // ---- what a click on the plane does
  PG.mlpPointTools = (room) => {
    const W = PG.mlpWords,
      host = el('div', { class: 'point-tools' });
    let value = 1;
    const draw = () => {
      const { head } = room,
        classes = head ? head.classes.length : 2,
        erasing = room.tool === 'erase';
      const swatch = (k) =>
        el(
          'button',
          {
            class: 'swatch',
            type: 'button',
            'aria-pressed': String(!erasing && room.pen === k),
            'aria-label': () => t(k < classes ? W.classOf(head?.classes[k] ?? k + 1) : W.newClass),
            title: () => t(k < classes ? W.classOf(head?.classes[k] ?? k + 1) : W.newClass),
            style: { '--dot': PG.mlpColour.classes()[k] },
            onclick: () => {
              room.tool = 'add';
              room.pen = k;
              draw();
            },
          },
          el('i'),
          String(k + 1),
        );
      const level = PG.slider({
        label: W.valueAdd,
        min: -1,
        max: 1,
        step: 0.1,
        value,
        format: (v) => PG.minus(v, 1),
        oninput: (v) => {
          room.tool = 'add';
          room.pen = value = v;
        },
      });
      fill(
        host,
        head?.task === 'values'
          ? level.root
          : el(
              'div',
              { class: 'swatches' },
              el('span', { class: 'hint' }, W.add),
              Array.from({ length: Math.min(5, classes + 1) }, (_, k) => swatch(k)),
            ),
        el(
          'button',
          {
            class: 'btn',
            type: 'button',
            'aria-pressed': String(erasing),
            onclick: () => {
              room.tool = erasing ? 'add' : 'erase';
              draw();
            },
          },
          icon('erase'),
          W.erase,
        ),
      );
      if (head?.task === 'values') room.pen = value;
      else if (!Number.isInteger(room.pen) || room.pen > classes) room.pen = 0;
    };
    return { root: host, refresh: draw };
  };
})();
