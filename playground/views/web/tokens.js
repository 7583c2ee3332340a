// A text as the model reads it: pieces on the text, and under it each piece with its id, position and text.
(() => {
  const { el } = PG;
  const ROLES = {
    '[CLS]': { en: 'stands first; its vector is read as that of the whole text', zh: '放在最前；它的向量被当作整段文字的表示' },
    '[SEP]': { en: 'ends a text', zh: '结束一段文字' },
    '[MASK]': { en: 'a gap to be filled', zh: '待填的空' },
    '[UNK]': { en: 'a word that cannot be spelled with the vocabulary', zh: '词表拼不出来的词' },
    '<s>': { en: 'stands first', zh: '放在最前' },
    '</s>': { en: 'ends a text', zh: '结束一段文字' },
    '<mask>': { en: 'a gap to be filled', zh: '待填的空' },
    '<|endoftext|>': { en: 'parts two texts', zh: '隔开两段文字' },
    '<unk>': { en: 'a word that cannot be spelled with the vocabulary', zh: '词表拼不出来的词' },
  };
  const cutWords = (chips) => chips.filter((chip) => chip.pieces.length > 1);

  const finding = (data, chips) => {
    const many = cutWords(chips).sort((a, b) => b.pieces.length - a.pieces.length);
    const all = data.texts.length, lost = data.unknown.length;
    if (lost) return { en: `${lost} of ${all} pieces cannot be spelled`, zh: `${all} 个词元中有 ${lost} 个拼不出来` };
    if (!many.length) return { en: `Every word is one piece: ${all} tokens`, zh: `每个词都是完整的一个词元：共 ${all} 个` };
    const { text, pieces } = many[0];
    return { en: `“${text}” is cut into ${pieces.length} pieces`, zh: `“${text}” 被切成 ${pieces.length} 个词元` };
  };
  const READ = {
    en: 'Frequent words are one piece, rare ones are spelled with several; “##” goes on where the piece before ended. Point at the text or at a piece.',
    zh: '常见词是一个词元，少见的词用几个词元拼成；“##”接着前一个词元。把指针放在文字或词元上看对应关系。',
  };
  const READ_ON = {
    en: 'Frequent words are one piece, rare ones are spelled with several; the space before a word belongs to its first piece (␣). Point at the text or at a piece.',
    zh: '常见词是一个词元，少见的词用几个词元拼成；词前的空格属于它的第一个词元（␣）。把指针放在文字或词元上看对应关系。',
  };
  const SOURCE = {
    en: 'position · piece · id in the vocabulary · text A or B: the three embeddings looked up for them are added',
    zh: '位置 · 词元 · 词表编号 · 文本 A 或 B：查出的三个嵌入向量相加作为输入',
  };
  const SOURCE_ON = { en: 'position · piece · id in the vocabulary', zh: '位置 · 词元 · 词表编号' };
  const UNKNOWN = {
    en: 'The vocabulary has no piece for what is marked. The model sees only that something stood there ([UNK]), not what.',
    zh: '词表里没有能拼出标记部分的词元。模型只知道那里有东西（[UNK]），不知道是什么。',
  };
  const cut = ({ cut: lost, most }) => ({
    en: `This text has ${lost + most} tokens; this model reads ${most}. The last ${lost} were left out.`,
    zh: `这段文字有 ${lost + most} 个词元，而这个模型只读 ${most} 个，末尾 ${lost} 个没有读入。`,
  });

  const cutOn = ({ cut: lost, most }) => ({
    en: `This text has ${lost + most} tokens; this model reads ${most}. The first ${lost} were left out (struck through).`,
    zh: `这段文字有 ${lost + most} 个词元，而这个模型只读 ${most} 个，开头 ${lost} 个没有读入（以删除线标出）。`,
  });

  PG.tokensCut = cut;

  // data: payload of views/tokens.py; chips: its words; causal: one text, which loses its beginning where it is too long
  PG.tokens = (host, data, chips, { causal = false } = {}) => {
    const cards = [], marks = Array.from({ length: data.texts.length }, () => []);
    const light = (positions, on) => positions.forEach((at) => [cards[at], ...marks[at]].forEach((node) => node.classList.toggle('lit', on)));
    const hear = (node, positions, tip) => {
      node.addEventListener('mouseenter', () => light(positions, true));
      node.addEventListener('mousemove', (event) => PG.tip(event, tip()));
      node.addEventListener('mouseleave', () => { light(positions, false); PG.untip(); });
      node.addEventListener('focus', () => light(positions, true));
      node.addEventListener('blur', () => light(positions, false));
      return node;
    };
    const describe = (at) => [
      el('b', { class: 'mono', text: data.texts[at] }),
      el('span', { text: { en: `id ${data.ids[at]}, position ${at}`, zh: `编号 ${data.ids[at]}，位置 ${at}` } }),
      ROLES[data.texts[at]] ? el('span', {}, ROLES[data.texts[at]]) : null,
    ];

    const side = (at) => (data.segments[at] ? 'B' : 'A');
    const table = () => PG.csv([['position', 'piece', 'id', ...(causal ? [] : ['text']), 'covers', 'special'],
      ...data.texts.map((text, at) => [at, text, data.ids[at], ...(causal ? [] : [side(at)]), data.surfaces[at], String(data.special[at])])]);
    const last = data.runs.findLastIndex(([, positions]) => positions.length);
    const lost = (i) => data.cut && (causal ? i === 0 : i > last);
    const run = ([text, positions], i) => {
      if (!positions.length) return lost(i) ? el(causal ? 's' : 'span', { class: 'left-out', text }) : text;
      const unknown = positions.some((at) => data.unknown.includes(at));
      const look = `piece${positions[0] % 2 ? ' odd' : ''}${unknown ? ' unknown' : ''}`;
      const mark = hear(el('span', { class: look, text }), positions, () => positions.slice(0, 4).map(describe));
      positions.forEach((at) => marks[at].push(mark));
      return mark;
    };
    const card = (at) => {
      const kind = data.special[at] ? ' special' : data.unknown.includes(at) ? ' unknown' : '';
      return hear(el('li', { class: `token-card${kind}`, tabindex: '0' },
        el('span', { class: 'token-at', text: String(at) }), el('span', { class: 'token-text mono', text: data.texts[at] }),
        el('span', { class: 'token-id mono', text: String(data.ids[at]) }), causal ? null : el('span', { class: 'token-side', text: side(at) })), [at], () => describe(at));
    };

    const panel = PG.panel({
      title: finding(data, chips), read: causal ? READ_ON : READ,
      source: causal ? SOURCE_ON : SOURCE,
      tools: {
        CSV: () => PG.save('tokens.csv', table(), 'text/csv;charset=utf-8'),
        SVG: () => PG.svgFile('tokens.svg', panel.body),
      },
    });
    cards.push(...data.texts.map((_, at) => card(at)));
    if (data.cut) panel.body.append(PG.notice('cut', () => (causal ? cutOn : cut)(data)));
    panel.body.append(el('p', { class: 'pieces', dir: 'auto' }, data.runs.map(run)));
    if (data.unknown.length) panel.body.append(PG.notice('note', UNKNOWN));
    panel.body.append(el('ol', { class: 'token-cards' }, cards));
    host.append(panel.root);
  };
})();
