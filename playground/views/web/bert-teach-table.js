// Labelled sentences as a table that can be edited: typed, pasted, uploaded, or one of the ready sets.
(() => {
  const { el, icon, fill, t } = PG;
  const W = {
    sentence: { en: 'Sentence', zh: '句子' },
    label: { en: 'Label', zh: '标签' },
    second: { en: 'Second text', zh: '第二句' },
    twoTexts: { en: 'Two texts', zh: '两句一组' },
    add: { en: 'Add', zh: '添加' },
    empty: { en: 'Empty the table', zh: '清空表格' },
    remove: { en: 'Delete this row', zh: '删除此行' },
    paste: { en: 'Paste or upload a table', zh: '粘贴或上传表格' },
    pasteHere: { en: 'one line each: sentence, label\n"What a day, really!", happy', zh: '每行一条：句子, 标签\n"What a day, really!", happy' },
    file: { en: 'Choose a file (CSV, TSV)', zh: '选择文件（CSV、TSV）' },
    header: { en: 'First line names the columns', zh: '首行为列名' },
    none: { en: 'none', zh: '无' },
    column: (name) => ({ en: `column ${name}`, zh: `第 ${name} 列` }),
    use: (n) => ({ en: `Use these ${n} rows`, zh: `使用这 ${n} 行` }),
    large: (n) => ({ en: `This file has more than ${n} characters.`, zh: `这个文件超过 ${n} 个字符。` }),
    held: { en: 'held out', zh: '留出' },
    train: { en: 'training', zh: '训练' },
    count: (n, labels) => ({ en: `${n} ${n === 1 ? 'row' : 'rows'} · ${labels} ${labels === 1 ? 'label' : 'labels'}`, zh: `${n} 行 · ${labels} 种标签` }),
    wrong: (said) => ({ en: `it says ${said}`, zh: `它回答 ${said}` }),
  };
  let made = 0;

  // ---- one row: a dot of its label's colour, the sentence, its label, a cross
  class Row {
    constructor(table, [text, pair, label]) {
      this.table = table;
      this.dot = el('i', { class: 'teach-dot' });
      this.text = this.area(text, W.sentence);
      this.pair = this.area(pair, W.second);
      this.pair.classList.add('teach-second');
      this.label = el('input', {
        class: 'cell answer-cell', 'aria-label': W.label, list: table.listId, maxlength: 40, oninput: () => table.changed(), value: label || null,
      });
      const remove = el('button', {
        class: 'btn icon quiet', type: 'button', title: W.remove, 'aria-label': W.remove, onclick: () => table.remove(this),
      }, icon('x'));
      this.root = el('div', { class: 'teach-row' }, this.dot, el('div', { class: 'teach-texts' }, this.text, this.pair), this.label, remove);
    }
    area(text, label) {
      const area = el('textarea', { class: 'cell', rows: 1, 'aria-label': label, maxlength: this.table.most, oninput: () => this.table.changed() });
      area.value = text;
      area.placeholder = label === W.second ? t(W.second) : '';
      area.addEventListener('paste', (event) => this.table.pasted(event, this));
      return area;
    }
    get() { return [this.text.value, this.table.pairs ? this.pair.value : '', this.label.value]; }
    get blank() { return !this.get().join('').trim(); }
    // how: null, or {colour, held, said: a wrong answer or ''}
    mark(how) {
      const state = how ? `${how.colour}${how.held}${how.said}` : '';
      if (state === this.state) return;
      this.state = state;
      this.dot.className = `teach-dot${how?.held ? ' held' : ''}${how?.said ? ' wrong' : ''}`;
      this.dot.style.setProperty('--dot', how ? how.colour : 'var(--c-faint)');
      this.dot.title = how ? [t(how.held ? W.held : W.train), how.said && t(W.wrong(how.said))].filter(Boolean).join(' · ') : '';
    }
  }

  class Table {
    constructor({ rows, limits, onChange }) {
      Object.assign(this, { limits, onChange, most: limits.chars, listId: `labels-${++made}`, rows: [], pairs: false });
      this.list = el('datalist', { id: this.listId });
      this.body = el('div', { class: 'teach-rows' });
      this.counted = el('span', { class: 'hint' });
      this.both = PG.check({ label: W.twoTexts, onchange: (on) => { this.setPairs(on); this.changed(); } });
      const head = el('div', { class: 'teach-row head' }, el('span'), el('span', {}, W.sentence), el('span', {}, W.label), el('span'));
      const tools = el('div', { class: 'tools-row teach-tools' },
        el('button', { class: 'btn', type: 'button', onclick: () => this.add() }, icon('plus'), W.add),
        el('button', { class: 'btn', type: 'button', onclick: () => this.empty() }, icon('erase'), W.empty), this.both.root);
      this.root = el('div', { class: 'teach-table' }, el('div', { class: 'teach-shots' }, head, this.body), tools, this.importer(), this.list);
      this.set(rows);
    }
    setPairs(on) {
      this.pairs = on;
      this.both.set(on);
      this.root.classList.toggle('pairs', on);
    }
    // ---- rows in and out
    set(rows) {
      this.setPairs(rows.some(([, pair]) => pair));
      this.rows = rows.map((row) => new Row(this, row));
      fill(this.body, this.rows.map(({ root }) => root));
      this.body.scrollTop = 0;
      this.tell();
    }
    get() { return this.rows.map((row) => row.get()); }
    kept() { return this.rows.filter((row) => !row.blank); }
    put(rows) { this.set(rows); this.changed(); }
    add() {
      const row = new Row(this, ['', '', '']);
      this.rows.push(row);
      this.body.append(row.root);
      this.body.scrollTop = this.body.scrollHeight;
      row.text.focus();
      this.changed();
    }
    remove(row) {
      this.rows = this.rows.filter((one) => one !== row);
      row.root.remove();
      this.changed();
    }
    empty() { this.put([['', '', ''], ['', '', '']]); this.rows[0].text.focus(); }
    changed() { this.tell(); this.onChange(); }
    tell() {
      const labels = [...new Set(this.kept().map((row) => row.label.value.trim()).filter(Boolean))];
      fill(this.list, labels.map((value) => el('option', { value })));
      fill(this.counted, W.count(this.kept().length, labels.length));
    }
    show(row) {
      row.root.scrollIntoView({ block: 'nearest' });
      row.text.focus({ preventScroll: true });
    }
    // Lines pasted into a cell become rows.
    pasted(event, row) {
      const text = event.clipboardData?.getData('text') || '';
      if (!text.trim().includes('\n')) return;
      event.preventDefault();
      this.details.open = true;
      this.source.value = text;
      this.read({});
      if (row.blank && this.rows.length > 1) this.remove(row);
    }

    // ---- tables brought along
    importer() {
      this.source = el('textarea', { class: 'cell', rows: 3, 'aria-label': W.paste, oninput: () => this.read({}) });
      this.source.placeholder = t(W.pasteHere);
      const file = el('input', { type: 'file', accept: '.csv,.tsv,.txt,text/csv', hidden: true, onchange: () => this.take(file) });
      this.found = el('div', { class: 'teach-found' });
      this.details = el('details', { class: 'more teach-import' }, el('summary', {}, W.paste), el('div', { class: 'more-body' }, this.source,
        el('div', {}, el('button', { class: 'btn', type: 'button', onclick: () => file.click() }, icon('up'), W.file), file), this.found));
      return this.details;
    }
    async take(input) {
      const file = input.files[0], most = this.limits.table;
      input.value = '';
      if (!file) return;
      this.details.open = true;
      if (file.size > 4 * most) { fill(this.found, PG.notice('wrong', W.large(most.toLocaleString('en')))); return; }
      this.source.value = await file.text();
      this.read({});
    }
    async read(how) {
      const csv = this.source.value, turn = this.turn = (this.turn || 0) + 1;
      if (!csv.trim()) { fill(this.found); return; }
      const said = await PG.ask('bert/teach_table', { csv, ...how });
      if (turn !== this.turn) return;
      if (said.wrong) fill(this.found, PG.notice('wrong', said.wrong)); else this.offer(said);
    }
    offer(said) {
      const names = said.names.map((name, i) => ({ key: i, label: said.header ? name : () => t(W.column(name)) }));
      const pick = (key, label, options) => PG.select({
        label, options, value: said.columns[key],
        onchange: (at) => this.read({ header: said.header, columns: { ...said.columns, [key]: Number(at) } }),
      }).root;
      const header = PG.check({ label: W.header, value: said.header, onchange: (on) => this.read({ header: on }) });
      fill(this.found, header.root,
        el('div', { class: 'teach-columns' }, pick('text', W.sentence, names), pick('pair', W.second, [{ key: -1, label: W.none }, ...names]),
          pick('label', W.label, names)),
        el('button', {
          class: 'btn', type: 'button',
          onclick: () => { this.put(said.rows); this.details.open = false; this.source.value = ''; fill(this.found); },
        }, icon('check'), W.use(said.rows.length)));
    }
  }

  // -> {root, counted, set(rows), get(), kept(), show(row)}; rows are [text, second text, label]
  PG.teachTable = (options) => new Table(options);
})();
