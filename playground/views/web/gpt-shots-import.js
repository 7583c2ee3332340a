// Examples from elsewhere: cells pasted from a spreadsheet, or a CSV file. What was pasted stays until it is taken.
(() => {
  const { el, icon, fill } = PG;
  const W = {
    title: { en: 'Paste or upload a table', zh: '粘贴或上传表格' },
    here: { en: 'one line each: input, answer', zh: '每行一个：输入, 答案' },
    file: { en: 'Choose a file (CSV, TSV)', zh: '选择文件（CSV、TSV）' },
    found: (n) => ({ en: `${n} ${n === 1 ? 'example' : 'examples'} found.`, zh: `找到 ${n} 个例子。` }),
    header: (names) => ({ en: `The first line names the columns (${names}).`, zh: `首行是列名（${names}）。` }),
    add: { en: 'Add them', zh: '加入' },
    instead: { en: 'Replace the table', zh: '替换表格' },
    large: { en: 'This file is too large for a table of examples.', zh: '这个文件太大，不像是例子表格。' },
  };
  const MOST = 800000;  // bytes; the server counts characters

  class Import {
    constructor({ take }) {
      this.take = take;
      this.source = el('textarea', { rows: 3, class: 'cell', 'aria-label': W.title, spellcheck: 'false', oninput: () => this.read() });
      this.found = el('div', { class: 'shots-found' });
      const file = el('input', { type: 'file', accept: '.csv,.tsv,.txt,text/csv', hidden: true, onchange: () => this.upload(file) });
      this.root = el('details', { class: 'more shots-import' }, el('summary', {}, W.title), el('div', { class: 'more-body' },
        el('div', {}, el('p', { class: 'hint' }, W.here), this.source),
        el('div', {}, el('button', { class: 'btn', type: 'button', onclick: () => file.click() }, icon('up'), W.file), file), this.found));
    }

    open(text) {
      this.root.open = true;
      this.source.value = text;
      this.read();
      this.source.focus();
    }

    async upload(input) {
      const file = input.files[0];
      input.value = '';
      if (!file) return;
      if (file.size > MOST) { fill(this.found, PG.notice('wrong', W.large)); return; }
      this.open(await file.text());
    }

    async read() {
      const csv = this.source.value, turn = this.turn = (this.turn || 0) + 1;
      const said = csv.trim() ? await PG.ask('gpt/shots_table', { csv }) : null;
      if (turn !== this.turn) return;
      if (!said) fill(this.found); else if (said.wrong) fill(this.found, PG.notice('wrong', said.wrong)); else this.offer(said);
    }

    offer({ rows, header }) {
      const button = (label, sign, instead) => el('button', { class: 'btn', type: 'button', onclick: () => this.give(rows, instead) }, icon(sign), label);
      fill(this.found, el('p', { class: 'hint' }, W.found(rows.length), header ? [' ', W.header(header.join(', '))] : null),
        el('div', { class: 'tools-row' }, button(W.add, 'plus', false), button(W.instead, 'check', true)));
    }

    give(rows, instead) {
      const wrong = this.take(rows, instead);
      if (wrong) { fill(this.found, PG.notice('wrong', wrong)); return; }
      this.root.open = false;
      this.source.value = '';
      fill(this.found);
    }
  }

  PG.shotsImport = (options) => new Import(options);
})();
