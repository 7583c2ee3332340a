// Which vectors a head reads, drawn with the reader's own tokens (Devlin et al. 2018, figure 4).
(() => {
  const { el, svg } = PG;
  const WORDS = {
    single: { en: (name) => `The class is read from one vector, that of ${name}`, zh: (name) => `类别只从一个向量读出：${name} 的向量` },
    pair: { en: (name) => `The class is read from one vector, that of ${name}`, zh: (name) => `类别只从一个向量读出：${name} 的向量` },
    answer: { en: () => 'Every vector of the passage is asked: do you start the answer, do you end it?', zh: () => '逐个询问短文的向量：答案从你开始吗？到你结束吗？' },
    tags: { en: () => 'A tag is read from the first vector of every word', zh: () => '标签从每个词的第一个向量读出' },
    source: { en: 'after figure 4 of Devlin et al. 2018, with your tokens', zh: '仿 Devlin 等 2018 图 4，用你输入的词元' },
    start: { en: 'start', zh: '开始' }, end: { en: 'end', zh: '结束' }, both: { en: 'start, end', zh: '开始、结束' },
  };
  const READ = {
    single: { en: 'Every token has looked at every other before; this one was trained to hold what the class needs.', zh: '此前每个词元都已看过所有其他词元；这个向量经过训练，汇集了判断类别所需的内容。' },
    pair: { en: 'Both texts go in together, so that words of B can look at words of A.', zh: '两段文字一起输入，因此 B 的词可以看到 A 的词。' },
    answer: { en: 'Two vectors were learned, one for starts and one for ends: their dot products with every vector compete in a softmax.', zh: '学到两个向量，一个找起点，一个找终点：它们与每个向量的点积在 softmax 中竞争。' },
    tags: { en: 'The same small layer reads each of them; pieces that continue a word (hollow) are not asked.', zh: '同一个很小的层逐个读取；接续词的词元（空心）不参与。' },
  };
  const WIDE = 7.6, PAD = 14, GAP = 6, DOTS = 18, LINE = 26;
  const LEAST = 520; // narrower, the picture scrolls

  // What is read, and what stands above it: Map(position -> {text, strong})
  const readings = ({ said, cls }) => {
    if (said.use === 'classes') {
      const [best] = said.labels;
      return new Map(cls === null ? [] : [[cls, { text: best ? PG.bertClass(best) : PG.minus(said.logits[0], 3), strong: true }]]);
    }
    if (said.use === 'tags') return new Map(said.units.map((unit) => [unit.first, { text: unit.tag, strong: unit.tag !== 'O' }]));
    const { start, end } = said.empty && said.none ? said.none : said.spans[0];
    return new Map(start === end ? [[start, { text: WORDS.both, strong: true }]] : [[start, { text: WORDS.start, strong: true }], [end, { text: WORDS.end, strong: true }]]);
  };

  // The positions that fit: what is read and special first, then their neighbours, evenly outwards.
  const chosen = (widths, read, special, room) => {
    const marks = [...read].filter(([, { strong }]) => strong).map(([at]) => at).slice(0, 12);
    const anchors = marks.length ? marks : [0];
    const far = (at) => Math.min(...anchors.map((mark) => Math.abs(at - mark)));
    const order = widths.map((_, at) => at).sort((a, b) => Number(special[b]) - Number(special[a]) || far(a) - far(b));
    const kept = new Set();
    let used = 0;
    for (const at of order) {
      const cost = widths[at] + GAP;
      if (used + cost + (kept.size + 1 < widths.length ? 3 * DOTS : 0) > room) break;
      kept.add(at);
      used += cost;
    }
    return [...kept].sort((a, b) => a - b);
  };

  const short = (text, most = 16) => { const letters = [...text]; return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : text; };
  const length = (text) => [...text].reduce((sum, c) => sum + (c.codePointAt(0) > 0x2e7f ? 1.9 : 1), 0) * WIDE;

  const draw = (answer, room) => {
    const { tokens, model, said } = answer, read = readings(answer), names = tokens.texts.map((text) => short(text));
    const label = (at) => (read.has(at) ? short(PG.t(read.get(at).text), 18) : '');
    const widths = names.map((name, at) => Math.max(length(name), said.use === 'tags' ? length(label(at)) * .9 : 0, 12) + PAD);
    const all = chosen(widths, read, tokens.special, room), places = [];
    let x = 1, before = -1;
    for (const at of all) {
      if (at !== before + 1) { places.push({ dots: true, x: x + DOTS / 2 - 3 }); x += DOTS; }
      places.push({ at, x: x + widths[at] / 2, width: widths[at] });
      x += widths[at] + GAP;
      before = at;
    }
    if (before !== tokens.texts.length - 1) { places.push({ dots: true, x: x + DOTS / 2 - 3 }); x += DOTS; }
    const W = Math.max(x - GAP + 1, 120), y = { label: 14, head: 24, vector: 58, body: 78, token: 142 };
    const passage = (at) => said.use === 'answer' && tokens.segments[at] === 1 && !tokens.special[at];
    const centre = (at, text) => { // labels at the edges stay in the picture
      const half = length(text) / 2 + 2, place = places.find((one) => one.at === at);
      return Math.min(Math.max(place.x, half), W - half);
    };
    const token = ({ at, x: mid, width, dots }) => (dots
      ? svg('text', { class: 'fig-dots', x: mid, y: y.token + 17, 'text-anchor': 'middle', text: '…' })
      : [
        svg('path', { class: 'fig-wire', d: `M${mid} ${y.token}V${y.body + 40}M${mid} ${y.body}V${y.vector + 6}` }),
        svg('rect', { class: `fig-token${tokens.special[at] ? ' special' : ''}${tokens.segments[at] ? ' second' : ''}`, x: mid - width / 2, y: y.token, width, height: LINE, rx: 4 }),
        svg('text', { class: 'fig-text mono', x: mid, y: y.token + 17, 'text-anchor': 'middle', text: names[at] }),
        svg('circle', { class: `fig-vector${read.has(at) ? ' on' : passage(at) ? ' asked' : ''}${read.get(at)?.strong === false ? ' weak' : ''}`, cx: mid, cy: y.vector, r: 5.5 }),
        read.has(at) ? [
          svg('path', { class: `fig-up${read.get(at).strong ? '' : ' weak'}`, d: `M${mid} ${y.vector - 8}V${y.head}` }),
          svg('text', {
            class: `fig-said${read.get(at).strong ? '' : ' weak'}${said.use === 'tags' ? ' mono' : ''}`, x: centre(at, label(at)), y: y.label, 'text-anchor': 'middle', text: () => label(at),
          }),
        ] : null,
      ]);
    const layers = { en: `${model.layers} layers: every token looks at every token`, zh: `${model.layers} 层：每个词元都看所有词元` };
    return svg('svg', { class: 'fig4', width: W, height: y.token + LINE + 2, viewBox: `0 0 ${W} ${y.token + LINE + 2}`, role: 'img', 'aria-label': () => PG.t(title(answer)) },
      places.map(token),
      svg('rect', { class: 'fig-body', x: 1, y: y.body, width: W - 2, height: 40, rx: 6 }),
      svg('text', { class: 'fig-name', x: W / 2, y: y.body + 25, 'text-anchor': 'middle', text: W > 330 ? layers : { en: `${model.layers} layers`, zh: `${model.layers} 层` } }));
  };

  let key = 'single';
  const title = (answer) => {
    const name = answer.cls === null ? '' : answer.tokens.texts[answer.cls];
    return { en: WORDS[key].en(name), zh: WORDS[key].zh(name) };
  };

  PG.bertUseFigure = (host, answer, task) => {
    key = task;
    const panel = PG.panel({
      title: title(answer), read: READ[task], source: WORDS.source, tools: { SVG: () => PG.svgFile('figure.svg', panel.body), PNG: () => PG.pngFile('figure.png', panel.body) },
    });
    host.append(panel.root);
    const box = el('div', { class: 'fig4-box' });
    panel.body.append(box);
    PG.watchWidth(box, (room) => box.replaceChildren(draw(answer, Math.max(room, LEAST))));
  };
})();
