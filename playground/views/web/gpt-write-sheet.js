// One text while it is written and after: the finding as its title, progress and stop, the text, what was cut.
(() => {
  const { el } = PG;
  const W = {
    reading: { en: 'Reading the text', zh: '正在读文字' },
    stop: { en: 'Stop', zh: '停止' },
    again: { en: 'Again', zh: '重写一遍' },
    dice: { en: 'Another seed', zh: '换个种子' },
    why: {
      length: { en: 'As many tokens as were asked for.', zh: '写满了所要的词元数。' },
      end: { en: 'The model itself ended the text.', zh: '模型自己结束了文字。' },
      line: { en: 'The line ends here.', zh: '这一行到此为止。' },
      stopped: { en: 'You stopped it.', zh: '你让它停下了。' },
    },
    writing: { en: 'Writing on …', zh: '正在接着写……' },
    none: { en: 'Nothing written yet', zh: '还没有写' },
  };
  const count = (n) => n.toLocaleString('en');
  const plural = (n) => (n === 1 ? 'token' : 'tokens');
  const seconds = (s) => (s < 10 ? s.toFixed(2) : s.toFixed(0));

  const strangest = (told) => told.reduce((worst, one) => (one.chance < worst.chance ? one : worst));
  const finding = ({ told }) => {
    if (!told.length) return W.none;
    const firsts = told.filter(({ rank }) => rank === 1).length;
    if (firsts === told.length) {
      return told.length === 1
        ? { en: `“${told[0].piece}”: its first choice`, zh: `“${told[0].piece}”：它的首选` }
        : { en: `${told.length} tokens, each its first choice`, zh: `${told.length} 个词元，个个都是首选` };
    }
    const { piece, chance } = strangest(told);
    return {
      en: `${firsts} of ${told.length} ${plural(told.length)} were its first choice; “${piece}” surprised it most, ${PG.chance(chance)}`,
      zh: `${told.length} 个词元中有 ${firsts} 个是首选；最出乎它意料的是“${piece}”，${PG.chance(chance)}`,
    };
  };
  const progress = (done, of) => ({ en: `Writing: ${done} of ${of}`, zh: `正在写：${done} / ${of}` });
  const cutText = ({ cut, prompt }) => ({
    en: `The first ${count(cut)} ${plural(cut)} were left out (struck through), so that what is written fits into the ${count(prompt.most)} this model reads.`,
    zh: `开头的 ${count(cut)} 个词元没有读入（已划去），这样要写的内容才放得进这个模型所能读的 ${count(prompt.most)} 个词元。`,
  });
  const pace = (branch) => () => {
    const { why, seconds: spent, fresh } = branch, speed = spent && fresh ? PG.t({
      en: ` ${fresh} ${plural(fresh)} in ${seconds(spent)} s, ${count(Math.round(fresh / spent))} a second.`,
      zh: `${fresh} 个词元用了 ${seconds(spent)} 秒，每秒 ${count(Math.round(fresh / spent))} 个。`,
    }) : '';
    return why ? `${PG.t(W.why[why])}${speed}` : '';
  };

  // {name, onCursor, again, dice, onStop}
  class Sheet {
    constructor(options) {
      Object.assign(this, options);
      this.text = PG.gptText({ onCursor: (place) => options.onCursor(this.branch, place) });
      this.title = el('h2', { class: 'panel-title' });
      this.tools = el('div', { class: 'tools' });
      this.notes = el('div');
      this.meter = el('span');
      this.bar = el('div', { class: 'meter', role: 'progressbar', 'aria-valuemin': 0, 'aria-valuemax': 100 }, this.meter);
      this.status = el('div', { class: 'write-status', hidden: true }, el('span', { class: 'hint', role: 'status' }), this.bar,
        el('button', { class: 'btn', type: 'button', onclick: () => this.stop() }, W.stop));
      this.foot = el('p', { class: 'read write-why' });
      const head = el('div', { class: 'panel-head' }, this.title, this.tools);
      this.root = el('section', { class: 'write-sheet' }, head, this.status, this.notes, this.text.root, this.foot);
      this.setTools();
    }

    setTools() {
      const button = (name, label, onclick) => el('button', { class: 'btn ghost', type: 'button', onclick }, PG.icon(name), label);
      PG.fill(this.tools, this.again ? button('again', W.again, this.again) : null, this.dice ? button('dice', W.dice, this.dice) : null);
    }

    show(branch, cursor) {
      this.branch = branch;
      PG.fill(this.title, this.name ? [this.name, ' · '] : null, () => finding(branch));
      PG.fill(this.notes, branch.cut ? PG.notice('cut', cutText(branch)) : null);
      PG.fill(this.foot, this.name ? [PG.gptSaid(branch.settings || {}), '. '] : null, pace(branch));
      this.text.draw(branch, cursor);
    }

    refuse(wrong) { PG.fill(this.notes, PG.notice('wrong', wrong)); }

    // ---- writing
    get running() { return Boolean(this.leaving); }

    stop() { this.leaving?.abort(); }

    tell(text, share) {
      PG.fill(this.status.firstChild, text);
      this.meter.style.width = `${100 * share}%`;
      this.bar.setAttribute('aria-valuenow', Math.round(100 * share));
    }

    // Writes on at the end of the branch; resolves to {} or {wrong}.
    async write(tree, branch, options) {
      const before = branch.told.length, asked = tree.asked(branch, branch.given + before);
      const leaving = this.leaving = new AbortController();
      this.branch = branch;
      this.status.hidden = false;
      this.tell(W.reading, 0);
      Object.assign(branch, { settings: { ...options.settings }, why: null, seconds: 0, fresh: 0 });
      const state = { branch, tree, options, asked, new: options.tokens };
      const answer = await PG.lines('gpt/write', { ...asked, ...options }, (said) => { if (this.leaving === leaving) this.take(said, state); }, leaving.signal)
        .catch((error) => { if (error.name !== 'AbortError') throw error; return { stopped: true }; });
      if (answer.stopped) await this.finishStopped(state);
      if (this.leaving !== leaving) return answer; // another text is being written here
      this.leaving = null;
      this.status.hidden = true;
      if (!answer.wrong && branch.prompt.most) this.show(branch, branch.given + branch.told.length);
      return answer;
    }

    take({ begun, read, told, ended }, state) {
      const { branch, tree } = state;
      if (begun) {
        Object.assign(state, { new: begun.new, asked: begun.asked });
        if (!branch.prompt.most || begun.cut) tree.seat(branch, begun);
        this.show(branch, branch.given + branch.told.length);
        PG.fill(this.title, this.name ? [this.name, ' · '] : null, W.writing);
        this.tell(progress(0, begun.new), 0);
      } else if (read) {
        this.tell(W.reading, 0);
      } else if (told) {
        const tokens = told.map(PG.gptTold);
        branch.told.push(...tokens);
        branch.fresh += tokens.length;
        this.text.grow(tokens);
        this.tell(progress(branch.fresh, state.new), branch.fresh / state.new);
      } else if (ended) Object.assign(branch, ended);
    }

    // What was written so far stays, and so does the program that writes as much.
    async finishStopped({ branch, asked, options }) {
      branch.why = 'stopped';
      if (!branch.fresh) return;
      const said = await PG.ask('gpt/write_code', { ...asked, ...options, tokens: branch.fresh });
      if (!said.wrong) Object.assign(branch, said);
    }
  }

  PG.gptSheet = (options) => new Sheet(options);
})();
