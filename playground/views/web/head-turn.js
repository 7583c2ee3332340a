// A step that only some models have: queries and keys are normalised once more (Qwen3) and turned by their places (rotary positions).
(() => {
  const { el } = PG;
  const CLS = { queries: 'query', keys: 'key' };
  const NAMES = { queries: { en: 'query', zh: '查询' }, keys: { en: 'key', zh: '键' } };
  const STATES = { projected: null, normed: { en: ', RMSNorm', zh: '，RMSNorm' }, turned: { en: ', turned', zh: '，旋转后' } };

  PG.headTurn = (head) => {
    const { cell, stage, strongest, row } = PG.headParts, spell = PG.headSpell(), said = el('span', {});
    const idle = () => Boolean(head.data) && !head.data.arrays.queries_projected;
    const states = () => {
      const { cos, queries_normed: normed } = head.data.arrays;
      return ['projected', ...(normed ? ['normed'] : []), ...(cos ? ['turned'] : [])];
    };
    // The last state is what is multiplied, and goes by the plain name.
    const array = (key, state) => head.data.arrays[state === states().at(-1) ? key : `${key}_${state}`];
    const block = (key, state) => {
      const values = array(key, state), most = PG.headMost(values);
      const title = { en: NAMES[key].en + (STATES[state]?.en || ''), zh: NAMES[key].zh + (STATES[state]?.zh || '') };
      return { key: `${key} ${state}`, columns: values.shape[1], at: cell(values), most, title, cls: CLS[key], group: 'w', sub: `±${most.toPrecision(2)}` };
    };

    // ---- one number
    const normal = (key, i, column, value) => {
      const { [`${key}_deviation`]: deviation, [`${key}_gain`]: gain } = head.data.arrays;
      return PG.headScaled(spell, cell(array(key, 'projected'))(i, column), [0, deviation[i]], gain[column], 0, value, false);
    };
    const turn = (key, i, column, value) => {
      const { cos, sin } = head.data.arrays, half = cos.shape[1], { f, factor } = PG.headNumbers, from = states().at(-2);
      const at = cell(array(key, from)), pair = column % half;
      if (column >= 2 * half) return spell.line(PG.b(f(value), 'result'), '  ', el('span', { class: 'spell-note' }, { en: 'not turned', zh: '不旋转' }));
      const [own, other] = column < half ? [pair, pair + half] : [pair + half, pair], sign = column < half ? '−' : '+';
      return spell.line(`${f(at(i, own))} · ${factor(cell(cos)(i, pair))} ${sign} ${factor(at(i, other))} · ${factor(cell(sin)(i, pair))} = `,
        PG.b(f(value), 'result'), '  ', el('span', { class: 'spell-note' }, {
          en: `cosine and sine of the angle; its partner is number ${other + 1}`, zh: `角的余弦与正弦；与它成对的是第 ${other + 1} 个数` }));
    };
    const tell = ({ block: name, row: i, column }) => {
      const [key, state] = name.split(' '), value = cell(array(key, state))(i, column), at = head.data.head.around[0] + i;
      const title = [{ en: `Number ${column + 1} of the `, zh: `第 ${column + 1} 个数，` }, PG.b(PG.t(NAMES[key]), `c-${CLS[key]}`),
        { en: ' of ', zh: '，词元 ' }, PG.b(head.text(at), 'mono')];
      if (state === 'projected') spell.say(title, spell.line(PG.b(PG.fixed(value, 4), 'result')));
      else if (state === 'normed') spell.say([...title, { en: ', normalised', zh: '，归一化' }], normal(key, i, column, value));
      else spell.say([...title, { en: `, turned by place ${at}`, zh: `，按位置 ${at} 旋转` }], turn(key, i, column, value));
    };

    const board = PG.headBoard({
      label: { en: 'Queries and keys before and after turning. Arrow keys move.', zh: '旋转前后的查询和键。方向键移动。' },
      rows: () => PG.headStretch(head), narrow: 1,
      blocks: () => ['queries', 'keys'].flatMap((key) => states().map((state) => block(key, state))),
      bands: () => PG.headBands(head, ['queries', 'keys'].flatMap((key) => states().map((state) => [`${key} ${state}`, CLS[key], CLS[key]]))),
      hover: tell,
      pick: ({ block: name, row: i }) => {
        const at = head.data.head.around[0] + i;
        if (name?.startsWith('keys')) head.lookAt(at); else head.choose({ query: at, key: null });
      },
    });
    const say = () => {
      const { cos, queries_normed: normed } = head.data.arrays, half = cos?.shape[1], width = head.shape.width;
      return [
        normed ? { en: 'Each query and each key is brought to one size (RMSNorm). ', zh: '每个查询和键先归一到同样的大小（RMSNorm）。' } : null,
        cos ? { en: `Numbers i and i + ${half} of a query or key are a point in the plane, turned by an angle that grows with the token’s `
          + 'place, the first pairs fast and the last ones slowly. So q·k depends on how far apart two tokens stand.',
        zh: `查询或键的第 i 个和第 i + ${half} 个数看作平面上的一个点，按词元的位置旋转：位置越靠后转得越多，前面的数对转得快，后面的慢。`
          + '于是 q·k 取决于两个词元相距多远。' } : { en: 'This layer turns nothing.', zh: '这一层不旋转。' },
        cos && 2 * half < width ? { en: ` The last ${width - 2 * half} numbers stay as they are.`, zh: `最后 ${width - 2 * half} 个数不变。` } : null,
      ];
    };
    return {
      root: stage({ en: 'Turning by place', zh: '按位置旋转' }, said, board.root, spell.root),
      idle,
      draw: (width) => { PG.fill(said, say()); board.draw(width); },
      respell: () => {
        const i = head.view.query - head.data.head.around[0], state = states().at(-1);
        tell({ block: `queries ${state}`, row: i, column: strongest(row(array('queries', state), i)) });
      },
    };
  };
})();
