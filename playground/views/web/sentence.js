// The sentence as words to click: each hides or shows itself. Or as text to type.
(() => {
  const { el, icon } = PG;
  const WORDS = {
    sentence: { en: 'Sentence', zh: '句子' },
    click: { en: 'click a word to hide it', zh: '点击一个词把它藏起来' },
    leaves: { en: '[MASK] leaves a gap', zh: '[MASK] 表示一个空' },
    type: { en: 'Type another sentence', zh: '输入别的句子' },
    back: { en: 'Back to the words', zh: '回到词块' },
    first: { en: 'First sentence', zh: '第一句' },
    second: { en: 'Second sentence (may stay empty)', zh: '第二句（可以不填）' },
    words: { en: 'Words of the sentence', zh: '句子中的词' },
    typed: { en: 'a gap you typed; edit the sentence to fill it', zh: '这是你输入的空，可在编辑时填上' },
  };

  // hooks: toggle(at), submit(), edit(on)
  class Sentence {
    constructor(hooks) {
      this.hooks = hooks;
      this.editing = false;
      this.chips = [];
      this.count = null;
      const keys = (event) => { if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); hooks.submit(); } };
      const area = (rows, label, placeholder) => el('textarea', {
        class: 'cell typed', rows, 'aria-label': label, placeholder, dir: 'auto', spellcheck: 'false', onkeydown: keys,
      });
      this.text = area('4', WORDS.first, null);
      this.pair = area('2', WORDS.second, WORDS.second);
      this.hint = el('span', { class: 'hint' });
      this.body = el('div');
      this.under = el('div', { class: 'label-row under' });
      this.root = el('div', { class: 'field sentence' },
        el('div', { class: 'label-row' }, el('div', { class: 'label', text: WORDS.sentence }), this.hint), this.body, this.under);
      this.draw();
    }

    set(text, pair) { this.text.value = text; this.pair.value = pair; }

    get() { return { text: this.text.value, pair: this.pair.value }; }

    // chips: payload of views/tokens.py; count: {used, most, cut}
    show(chips, count) {
      Object.assign(this, { chips, count });
      this.edit(false);
    }

    edit(on) {
      this.editing = on;
      this.draw();
      if (on) this.text.focus();
    }

    chip({ text, at, tight, hidden, typed }) {
      const shown = hidden ? el('span', { class: 'mono', text: '[MASK]' }) : text;
      return el('button', {
        class: `chip${tight ? ' tight' : ''}`, type: 'button', dir: 'auto', 'data-at': at, 'aria-pressed': String(hidden),
        title: typed ? WORDS.typed : hidden ? text : null,
        'aria-label': hidden ? (typed ? '[MASK]' : { en: `${text}, hidden`, zh: `${text}，已隐藏` }) : text,
        onclick: () => (typed ? this.edit(true) : this.hooks.toggle(at)),
      }, shown);
    }

    group(segment) {
      const own = this.chips.filter((chip) => chip.segment === segment);
      if (!own.length) return null;
      const two = this.chips.some((chip) => chip.segment === 1);
      return el('div', { class: 'chips', role: 'group', 'aria-label': WORDS.words },
        two ? el('span', { class: 'chips-side', text: segment ? 'B' : 'A' }) : null, own.map((chip) => this.chip(chip)));
    }

    cutAt() { return PG.badge('note', { en: `cut at ${this.count.most}`, zh: `截到 ${this.count.most} 个` }); }

    turn() {  // between words and text
      const [sign, say] = this.editing ? ['left', WORDS.back] : ['pen', WORDS.type];
      return el('button', { class: 'btn link', type: 'button', onclick: () => this.edit(!this.editing) }, icon(sign), say);
    }

    draw() {
      const focus = document.activeElement?.dataset?.at, held = this.body.contains(document.activeElement);
      const { count } = this;
      const used = count && !this.editing ? { en: `${count.used} of ${count.most} tokens`, zh: `${count.used} / ${count.most} 个词元` } : '';
      PG.fill(this.hint, this.editing ? WORDS.leaves : this.chips.length ? WORDS.click : '');
      PG.fill(this.body, this.editing || !this.chips.length ? [this.text, this.pair] : [this.group(0), this.group(1)]);
      PG.fill(this.under,
        this.chips.length ? this.turn() : el('span'),
        el('span', { class: 'hint' }, used, count?.cut && !this.editing ? this.cutAt() : null));
      if (held && focus !== undefined) this.body.querySelector(`[data-at="${focus}"]`)?.focus();
    }
  }

  PG.sentence = (hooks) => new Sentence(hooks);
})();
