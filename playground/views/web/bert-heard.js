// What a fine-tuned head says of every layer: a line for each class, tag or end of an answer, down to the model's own answer.
(() => {
  const { el, t } = PG;
  const W = {
    layer: { en: 'layer (0: the input)', zh: '层（0：输入）' },
    chance: { en: 'probability', zh: '概率' },
    value: { en: 'the number it gives', zh: '它给出的数' },
    number: { en: 'number', zh: '数' },
    none: { en: 'no answer', zh: '没有答案' },
    start: { en: 'Where the answer starts', zh: '答案的起点' },
    end: { en: 'Where it ends', zh: '答案的终点' },
    note: {
      en: 'Each point is what the model’s own head says of one layer’s vectors, as if all layers above were switched off (as under “Edit”). '
        + 'The head was trained on the last layer only: what it says of earlier ones is a reading, not an answer of the model. ',
      zh: '每个点是模型自己的输出头对某一层向量的判断，就像它上面的各层都已关闭（同“修改”中的做法）。这个头只为最后一层训练过：对前面各层，它给出的只是一种读法，不是模型的回答。',
    },
    classes: { en: 'At the input its one vector has read nothing yet: there it says the same of every text.', zh: '在输入处，它读的那一个向量还什么都没看到：对任何文字都给出同样的结果。' },
    tokens: { en: 'At the input every token knows only itself and its place.', zh: '在输入处，每个词元只知道自己和自己的位置。' },
  };
  const LETTERS = 14, NAMES = 6.5, ALONE = 15, PAIR = 12; // of a line's name; rem beside the lines; rem of height

  const short = (text) => { const letters = [...text]; return letters.length > LETTERS ? `${letters.slice(0, LETTERS - 1).join('')}…` : text; };
  // What a choice is called; tokens that stand there twice get their places.
  const called = (one, k, { answer }) => {
    const { kind, rule, names, ids } = one;
    if (rule === 'value' && names.length === 1) return W.number;
    if (kind === 'class') return PG.bertClass(names[k]);
    if (kind === 'tag') return names[k];
    if (ids[k] === answer.cls) return W.none;
    return names.indexOf(names[k]) === names.lastIndexOf(names[k]) ? names[k] : `${names[k]} (${ids[k]})`;
  };
  const brief = (name) => (typeof name === 'string' ? short(name) : { en: short(name.en), zh: short(name.zh) });
  const quoted = (name) => ({ en: `“${name.en || name}”`, zh: `“${name.zh || name}”` });

  // ---- the finding
  const when = (since, last) => {
    if (!since) return { en: 'from the input on', zh: '从输入起' };
    return since === last ? { en: 'only in the last layer', zh: '直到最后一层' } : { en: `from layer ${since} of ${last} on`, zh: `共 ${last} 层，从第 ${since} 层起` };
  };
  const title = ({ heard }, room) => {
    const [one, other] = heard, last = one.chances.length - 1, says = quoted(called(one, 0, room)), then = when(one.since, last);
    if (one.rule === 'value') {
      const [first, end] = [one.chances[0][0], one.chances[last][0]].map((v) => PG.minus(v, 3));
      return { en: `It gives ${first} at the input and ${end} after the last layer`, zh: `它在输入处给出 ${first}，在最后一层之后给出 ${end}` };
    }
    if (one.rule === 'many') return { en: `The labels that hold in the end hold ${then.en}`, zh: `${then.zh}，成立的标签与最后相同` };
    if (other) {
      const ends = quoted(called(other, 0, room)), later = when(other.since, last), same = one.since === other.since;
      return {
        en: `It starts at ${says.en} ${same ? '' : `${then.en}, `}and ends at ${ends.en} ${later.en}`,
        zh: `${then.zh}，起点为${says.zh}${same ? '，' : `；${later.zh}，`}终点为${ends.zh}`,
      };
    }
    if (one.kind === 'class') return { en: `It says ${says.en} ${then.en}`, zh: `${then.zh}，它判为${says.zh}` };
    const word = quoted(room.answer.tokens.texts[one.at]);
    return { en: `${word.en} is tagged ${says.en} ${then.en}`, zh: `${then.zh}，${word.zh}标为${says.zh}` };
  };

  // ---- the lines
  const colour = (at) => () => { const all = PG.token('--classes').split(','); return all[at % all.length].trim(); };
  const lines = (one, room, height, place) => {
    const value = one.rule === 'value', chart = PG.chart({
      x: W.layer, y: value ? W.value : W.chance, height, side: NAMES, floor: value ? undefined : 0, ceil: value ? undefined : 1,
      format: (v) => PG.minus(v, 4), lines: one.ids.map((id, k) => ({ key: k, name: brief(called(one, k, room)), colour: colour(place(id)) })),
    });
    chart.draw({ x: one.chances.map((_, row) => row), ys: one.ids.map((_, k) => one.chances.map((row) => row[k])) });
    return chart.root;
  };
  const draw = ({ heard }, body, room) => {
    const two = heard.length > 1, tokens = [...new Set(heard.flatMap(({ ids }) => ids))]; // which keep their colour in both pictures
    const place = (id) => (two ? tokens.indexOf(id) : id);
    PG.fill(body, heard.map((one) => el('div', {}, two ? el('h4', { class: 'label' }, W[one.kind]) : null, lines(one, room, two ? PAIR : ALONE, place))));
  };

  const rules = {
    one: (n) => ({ en: `softmax over ${n} choices`, zh: `对 ${n} 个选项做 softmax` }),
    many: (n) => ({ en: `a sigmoid for each of ${n} labels`, zh: `${n} 个标签各做一次 sigmoid` }),
    value: () => ({ en: 'the head’s number', zh: '输出头给出的数' }),
  };
  const source = ({ heard }, room) => {
    const [{ rule, count, ids }] = heard, name = room.answer.model.name, said = rules[rule](count), most = Math.max(...heard.map((one) => one.difference));
    const some = count > ids.length ? { en: `, the ${ids.length} strongest drawn`, zh: `，只画最强的 ${ids.length} 个` } : { en: '', zh: '' };
    return {
      en: `${said.en}${some.en}, float32 · ${name} · last point against the model’s own logits: largest difference ${most.toExponential(1)}`,
      zh: `${said.zh}${some.zh}，float32 · ${name} · 最后一点与模型自身 logits 的最大差：${most.toExponential(1)}`,
    };
  };
  const table = ({ heard }, room) => PG.csv([
    ['what', 'layer', 'choice', 'name', heard[0].rule === 'value' ? 'value' : 'probability'],
    ...heard.flatMap((one) => one.chances.flatMap((row, layer) => row.map((chance, k) => [
      one.kind, layer, one.ids[k], t(called(one, k, room)), chance]))),
  ]);

  PG.bertHeard = {
    verb: 'bert/hear', file: 'layers', picks: (room) => room.answer.said.use === 'tags',
    body: () => el('div', { class: 'heard' }),
    draw, table, title, source,
    read: ({ heard }) => [W.note, heard[0].kind === 'class' ? W.classes : W.tokens],
  };
})();
