// The rest of the layer for the looking token: residual connections, LayerNorm, feed-forward; one strip for each step.
(() => {
  const NAMES = {
    input: { en: 'layer’s input', zh: '本层读入' },
    attended: { en: '+ attention', zh: '+ 注意力' },
    middle: { en: '= sum', zh: '= 和' },
    gate: { en: 'gate', zh: '门' },
    up: { en: 'feed-forward', zh: '前馈' },
    down: { en: '+ back', zh: '+ 变回' },
    total: { en: '= sum', zh: '= 和' },
  };

  // (x - mean) / deviation * gain + shift, written out.
  const scaled = (spell, x, [mean, deviation], gain, shift, value, centred = true) => {
    const { f, factor, signed } = PG.headNumbers;
    if (!centred) {
      return spell.line(`${f(x)} ÷ ${f(deviation)} · ${factor(gain)} = `, PG.b(f(value), 'result'),
        '  ', PG.el('span', { class: 'spell-note' }, { en: 'root mean square, gain', zh: '均方根、增益' }));
    }
    const off = mean < 0 ? `+ ${f(-mean)}` : `− ${f(mean)}`;
    return spell.line(`(${f(x)} ${off}) ÷ ${f(deviation)} · ${factor(gain)} ${signed(shift)} = `, PG.b(f(value), 'result'),
      '  ', PG.el('span', { class: 'spell-note' }, { en: 'mean, standard deviation, gain, shift', zh: '均值、标准差、增益、平移' }));
  };
  PG.headScaled = scaled;
  // An activation as the share of x it lets through.
  PG.headActive = (spell, name, x, y) => {
    const { f, factor } = PG.headNumbers;
    if (!name.startsWith('gelu')) return spell.line(`${name}(${f(x)}) = `, PG.b(f(y), 'result'));
    return spell.line(`gelu(${f(x)}) = ${f(x)} · Φ(${f(x)}) = ${f(x)} · ${x ? factor(y / x) : '0.5'} = `, PG.b(f(y), 'result'));
  };

  PG.headBlock = (head) => {
    const { stage, token, strongest } = PG.headParts, spell = PG.headSpell();
    const order = () => {
      const { before, parallel } = head.data.head, inner = [...(vector('gate') ? ['gate'] : []), 'up', 'active', 'down'];
      if (parallel) return ['input', 'normed', ...inner, 'attended', 'total'];
      return ['input', 'attended', 'middle', 'normed', ...inner, 'total', ...(before ? [] : ['output'])];
    };
    const vector = (name) => head.data.arrays[name];
    const name = (key) => {
      const { before, activation } = head.data.head;
      if (key === 'active') return vector('gate') ? { en: `${activation}(gate) · it`, zh: `${activation}(门) · 它` } : activation;
      if (key === 'normed' || key === 'output') return PG.headNorm(head);
      if (key === 'down' && !before) return { en: 'back down', zh: '变回' };
      return NAMES[key];
    };
    const rows = () => order().map((key) => ({
      key, text: name(key), mono: false, bold: ['middle', 'total', 'output'].includes(key), cls: ['middle', 'total', 'output'].includes(key) ? 'ink' : '',
      gap: (vector('gate') ? ['normed', 'gate', 'total', 'output'] : ['normed', 'up', 'total', 'output']).includes(key) ? .375 : 0,
      h: ['up', 'gate', 'active'].includes(key) ? 1.25 : 1.125,
    }));

    const say = {
      input: (j, v) => [{ en: `Number ${j + 1} of what the layer reads`, zh: `本层读入的第 ${j + 1} 个数` }, spell.line(v)],
      middle: (j, v) => [{ en: `Residual connection, number ${j + 1}: what was read + what attention found`,
        zh: `残差连接，第 ${j + 1} 个数：读入的 + 注意力得到的` },
        sum(vector('input')[j], vector('attended')[j], v)],
      attended: (j, v) => [{ en: `Number ${j + 1} of the attention’s output, the sum of the step before`,
        zh: `注意力输出的第 ${j + 1} 个数，即上一步的和` }, spell.line(v)],
      normed: (j) => normal(j, 'normed', head.data.head.before ? 1 : 0),
      output: (j) => normal(j, 'output', 1),
      active: (j) => [{ en: `Activation of neuron ${j + 1}`,
        zh: `第 ${j + 1} 个神经元的激活` }, vector('gate') ? gated(j) : PG.headActive(spell, head.data.head.activation, vector('up')[j], vector('active')[j])],
      total: (j, v) => (head.data.head.parallel ? together(j, v) : [{ en: `Residual connection, number ${j + 1}: what the feed-forward read + what it gives`,
        zh: `残差连接，第 ${j + 1} 个数：前馈读入的 + 前馈给出的` },
        sum(vector(head.data.head.before ? 'middle' : 'normed')[j], vector('down')[j], v)]),
    };
    const together = (j, v) => [{ en: `Residual connection, number ${j + 1}: what was read + attention + feed-forward`,
      zh: `残差连接，第 ${j + 1} 个数：读入的 + 注意力 + 前馈` },
    spell.line(`${PG.headNumbers.f(vector('input')[j])} ${PG.headNumbers.signed(vector('attended')[j])} `
      + `${PG.headNumbers.signed(vector('down')[j])} = `, v)];
    const gated = (j) => {
      const { f, factor } = PG.headNumbers, { activation } = head.data.head;
      return spell.line(`${activation}(${f(vector('gate')[j])}) · ${factor(vector('up')[j])} = `, PG.b(f(vector('active')[j]), 'result'),
        '  ', PG.el('span', { class: 'spell-note' }, { en: 'gate, number let through', zh: '门、放过去的数' }));
    };
    const sum = (a, b, v) => { const { f, signed } = PG.headNumbers; return spell.line(`${f(a)} ${signed(b)} = `, v); };
    const normal = (j, key, which) => {
      const { norms, parallel, centred } = head.data.head, from = vector(key === 'output' ? 'total' : parallel ? 'input' : 'middle')[j];
      return [{ en: `${PG.headNorm(head)}, number ${j + 1}`, zh: `${PG.headNorm(head)}，第 ${j + 1} 个数` },
        scaled(spell, from, norms[which], vector(`gain${which}`)[j], vector(`shift${which}`)[j], vector(key)[j], centred)];
    };
    const tell = ({ row, column }) => {
      const key = order()[row], { layer, query } = head.view;
      if (['up', 'gate', 'down'].includes(key)) {
        const title = key === 'gate' ? { en: `Gate ${column + 1} of the feed-forward: input · weights`, zh: `前馈层第 ${column + 1} 个门：输入 · 权重` }
          : key === 'up' ? { en: `Neuron ${column + 1} of the feed-forward: input · weights + bias`, zh: `前馈层第 ${column + 1} 个神经元：输入 · 权重 + 偏置` }
          : { en: `Number ${column + 1} of what the feed-forward gives: neurons · weights + bias`,
            zh: `前馈给出的第 ${column + 1} 个数：神经元 · 权重 + 偏置` };
        spell.ask(title, `${key} ${layer} ${query} ${column}`, () => head.options.term(head.place(), key, 0, column));
        return;
      }
      spell.say(...say[key](column, PG.b(PG.fixed(vector(key)[column], 4), 'result')));
    };
    const board = PG.headBoard({
      label: { en: 'One token on its way through the layer. Arrow keys move.', zh: '一个词元在这一层中的变化。方向键移动。' },
      rows,
      blocks: () => {
        const all = order().map(vector), sizes = all.map(PG.headMost);
        return [{ key: 'strips', columns: (i) => all[i].length, at: (i, j) => all[i][j], most: (i) => sizes[i] }];
      },
      hover: tell,
    });
    const said = PG.el('span', {});
    const { norm = 'LayerNorm' } = head.options;
    const root = stage({ en: `Residual, ${norm}, feed-forward`, zh: `残差、${norm}、前馈` }, said, board.root, spell.root);
    return {
      root,
      draw: (width) => {
        const { up, input } = head.data.arrays, silent = vector('active').filter((v) => Math.abs(v) < .01).length, { layer } = head.view;
        const last = layer + 1 === head.shape.layers;
        const next = last ? { en: 'the last layer hands on',
          zh: '最后一层交出的内容' } : { en: `layer ${layer + 2} reads`,
          zh: `第 ${layer + 2} 层读入的内容` };
        PG.fill(said, { en: 'The rest of the layer works on ', zh: '这一层余下的部分单独处理 ' }, token(head, head.view.query, 'c-query'), {
          en: ` alone: ${input.length} numbers are spread over ${up.length} neurons and brought back. ${silent} of the ${up.length} neurons`
            + ` are all but silent here. The last strip is what ${next.en}. Every strip has its own scale.`,
          zh: `：${input.length} 个数展开到 ${up.length} 个神经元，再变回来。其中 ${silent} 个神经元在这里几乎不作声。`
            + `最后一条就是${next.zh}。各条的颜色标度各自独立。`,
        }, head.data.head.parallel ? {
          en: ' In this model the feed-forward reads the layer’s input at the same time as the attention, and both are added to it.',
          zh: '这个模型的前馈与注意力同时读取本层输入，两者的结果都加到输入上。',
        } : null);
        board.draw(width);
      },
      respell: () => { const row = order().length - 1; tell({ row, column: strongest(vector(order()[row])) }); },
    };
  };
})();
