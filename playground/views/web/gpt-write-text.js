// A text of which every token can be pointed at and gone back to; coloured by how probable each was.
(() => {
  const { el } = PG;
  const W = {
    text: { en: 'The text, token by token. Arrow keys move the cursor.', zh: '逐词元的文字。方向键移动光标。' },
    colour: { en: 'Colour', zh: '着色' },
    chance: { en: 'probability', zh: '概率' },
    rank: { en: 'rank', zh: '名次' },
    plain: { en: 'none', zh: '不着色' },
    prompt: { en: 'the beginning too', zh: '开头也着色' },
    likely: { en: 'likely', zh: '很可能' },
    surprising: { en: 'surprising', zh: '出人意料' },
    drawn: { en: 'drawn with', zh: '抽取时的概率' },
    entropy: { en: 'uncertainty here', zh: '此处的不确定性' },
    bits: { en: 'bits', zh: '比特' },
    picked: { en: 'picked by hand', zh: '手动选取' },
    given: { en: 'given', zh: '给定的' },
    lost: { en: 'left out: there is no room for it', zh: '放不下，没有读入' },
    cursor: { en: 'Cursor', zh: '光标' },
  };
  const SCALE = 4;      // powers of ten from the palest to the strongest: 1 in 10,000
  const STRONGEST = .5; // of the ramp: what is written on it must be read
  const STEPS = [1, 3, 10, 100];
  const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu; // would be nothing, or turn the rest around

  const shares = {
    chance: ({ chance }) => Math.min(1, -Math.log10(Math.max(chance, 1e-12)) / SCALE),
    rank: ({ rank }) => (STEPS.findIndex((most) => rank <= most) + (STEPS.length + 1)) % (STEPS.length + 1) / STEPS.length,
    plain: () => 0,
  };
  const shown = (text) => text.replace(HIDDEN, '\u2426');
  const count = (n) => n.toLocaleString('en');

  // From the row of the server.
  PG.gptTold = ([id, piece, text, chance, rank, drawn, entropy, others]) => ({ id, piece, text, chance, rank, drawn, entropy, others });

  const figures = (token) => {
    const line = (name, value) => el('span', {}, name, ' ', PG.b(value, 'mono'));
    return [
      el('span', {}, PG.b(PG.chance(token.chance), 'mono'), { en: `, choice ${count(token.rank)}`, zh: `，第 ${count(token.rank)} 选择` }),
      token.drawn === null || token.drawn === undefined ? null : line(W.drawn, PG.chance(token.drawn)),
      line(W.entropy, `${token.entropy.toFixed(2)} ${PG.t(W.bits)}`),
    ];
  };
  const other = (token) => ([id, piece, chance]) => el('span', { class: `write-tip${id === token.id ? ' own' : ''}` },
    el('span', { class: 'write-tip-bar', style: { width: `${3 * chance / token.others[0][2]}rem` } }), el('span', { class: 'mono', text: piece }), PG.chance(chance));

  class Text {
    // onCursor(place): the cursor is set before the token of that place; onCursor(count) sets it after the last
    constructor({ onCursor }) {
      this.onCursor = onCursor;
      this.style = 'chance';
      this.both = false;
      this.cells = [];
      this.box = el('p', { class: 'write-text', dir: 'auto', tabindex: '0', role: 'group', 'aria-label': W.text });
      this.root = el('div', {}, this.box);
      this.box.addEventListener('click', (event) => this.click(event));
      this.box.addEventListener('mousemove', (event) => this.tell(event));
      this.box.addEventListener('mouseleave', PG.untip);
      this.box.addEventListener('keydown', (event) => this.key(event));
      this.caret = el('span', { class: 'write-caret', role: 'img', 'aria-label': W.cursor });
      PG.on('theme', () => { if (this.box.isConnected) this.paint(); });
    }

    // branch: {prompt: payload of the tokens, given: their number, known: what the model thought of them or null, told, left_out, lead}
    draw(branch, cursor) {
      Object.assign(this, { branch, cursor, cells: [] });
      const { prompt, given, left_out: lost } = branch;
      this.box.replaceChildren();
      if (lost) this.box.append(el('s', { class: 'write-lost', title: W.lost, text: shown(lost.length > 400 ? `…${lost.slice(-400)}` : lost) }));
      const spoken = new Set(prompt.runs.flatMap(([, places]) => places));
      for (let at = 0; at < given; at += 1) if (!spoken.has(at)) this.cell(at, prompt.texts[at], 'given special');
      for (const [text, places] of prompt.runs) this.run(text, places.filter((at) => at < given), places.length);
      branch.told.forEach((token, i) => this.add(token, given + i));
      this.paint();
      this.put(cursor);
    }

    // A stretch of the beginning; several tokens may share one letter, then the first stands for it.
    run(text, places, all) {
      if (!all) this.box.append(shown(text));
      places.forEach((at, i) => this.cell(at, i ? '' : text, i ? 'given part' : 'given'));
    }

    cell(place, text, kind) {
      const node = el('span', { class: `write-token ${kind}`, 'data-at': place, text: shown(text) });
      this.cells[place] = node;
      this.box.append(node);
      return node;
    }

    add(token, place) {
      const quiet = token.text ? '' : /^<[0-9A-F]{2}>/.test(token.piece) ? ' part' : ' special';
      const node = this.cell(place, quiet === ' special' ? token.piece : token.text, `new${quiet}`);
      if (token.text.includes('\n')) node.classList.add('line');
      if (token.picked) node.classList.add('picked');
      return node;
    }

    // More tokens at the end, while they are written.
    grow(tokens) {
      const from = this.branch.given + this.branch.told.length - tokens.length;
      this.caret.remove();
      tokens.forEach((token, i) => this.dye(this.add(token, from + i), token));
      this.put(this.branch.given + this.branch.told.length);
    }

    // ---- colour
    colour(style, both = this.both) { Object.assign(this, { style, both }); this.paint(); }

    tokenAt(place) {
      const { given, told, known } = this.branch;
      return place >= given ? told[place - given] : known?.[place - 1];
    }

    paint() {
      if (!this.branch) return;
      this.ramp = PG.ramp('--amount');
      this.cells.forEach((node, place) => {
        const own = place >= this.branch.given || this.both;
        this.dye(node, own ? this.tokenAt(place) : null);
      });
    }

    dye(node, token) {
      const share = token ? shares[this.style](token) * STRONGEST : 0, colour = share > .01 ? this.ramp(share) : null;
      node.style.background = colour ? PG.str(colour) : '';
      node.style.color = colour ? PG.inkOn(colour) : '';
    }

    // ---- the cursor
    put(place) {
      this.cursor = place;
      const next = this.cells[place];
      this.cells.forEach((node, at) => node.classList.toggle('after', at >= place));
      if (next) next.before(this.caret); else this.box.append(this.caret);
    }

    last() { return this.branch.given + this.branch.told.length; }

    go(place) {
      const first = Math.max(1, this.branch.lead);
      this.onCursor(Math.min(this.last(), Math.max(first, place)));
    }

    click(event) {
      const node = event.target.closest('.write-token');
      if (node && getSelection().isCollapsed) this.go(Number(node.dataset.at));
      else if (event.target === this.box && getSelection().isCollapsed) this.go(this.last());
    }

    key(event) {
      const to = { ArrowLeft: this.cursor - 1, ArrowRight: this.cursor + 1, Home: 1, End: this.last() }[event.key];
      if (to === undefined || !this.branch || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.go(to);
    }

    tell(event) {
      const node = event.target.closest('.write-token');
      if (!node) { PG.untip(); return; }
      const place = Number(node.dataset.at), token = this.tokenAt(place), { given, prompt } = this.branch;
      const name = place < given ? prompt.texts[place] : token.piece;
      PG.tip(event, el('b', { class: 'mono', text: name }),
        place < given ? el('span', {}, W.given) : null, token?.picked ? el('span', {}, W.picked) : null,
        token ? figures(token) : null, token?.others ? token.others.map(other(token)) : null);
    }
  }

  PG.gptText = (options) => new Text(options);

  // What the colours mean, and which are worn: {onStyle(style), onBoth(on), style, both}
  PG.gptTextLegend = ({ style, both, onStyle, onBoth }) => {
    const ramp = el('span', { class: 'legend-ramp' });
    const dress = () => {
      const colour = PG.ramp('--amount'), stops = Array.from({ length: 6 }, (_, i) => PG.str(colour(STRONGEST * i / 5)));
      ramp.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
    };
    const ends = { chance: ['100 %', '0.01 %'], rank: ['1', '> 100'] };
    const row = el('span', { class: 'legend write-ramp' });
    const tell = (key) => {
      const [from, to] = ends[key] || [];
      row.hidden = !from;
      PG.fill(row, W.likely, ` ${from} `, ramp, ` ${to} `, W.surprising);
    };
    const choice = PG.choice({
      label: W.colour, value: style, options: ['chance', 'rank', 'plain'].map((key) => ({ key, label: W[key] })),
      onchange: (key) => { tell(key); onStyle(key); },
    });
    const check = PG.check({ label: W.prompt, value: both, onchange: onBoth });
    dress();
    tell(style);
    const root = el('div', { class: 'write-legend' }, choice.root, check.root, row);
    PG.on('theme', () => { if (root.isConnected) dress(); });
    return root;
  };
})();
