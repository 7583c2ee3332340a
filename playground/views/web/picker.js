/* The model picker of every room: PG.picker(host, {family, models, picked, onPick}).
   `models` is what the verb "models" answers (asked for if left out); onPick(key, model) hears of a model that is ready;
   shows(model), if given, says which ones the list holds.
   Returns {pick(key), refresh(), find(key)}. Looking and downloading go by a ticket: check or download, then progress. */
(() => {
  const WORDS = {
    model: { en: 'Model', zh: '模型' },
    ready: { en: 'Ready offline', zh: '可离线使用' },
    needs: { en: 'Needs a download', zh: '需要下载' },
    box: { en: 'A model on the Hub: owner/name', zh: 'Hub 上的模型：所有者/名称' },
    check: { en: 'Check', zh: '检查' },
    checking: { en: 'Looking at', zh: '正在检查' },
    fits: { en: 'This model can be opened here.', zh: '这个模型可以在这里打开。' },
    download: { en: 'Download', zh: '下载' },
    cancel: { en: 'Cancel', zh: '取消' },
    close: { en: 'Close', zh: '关闭' },
    use: { en: 'Use', zh: '使用' },
    of: { en: 'of', zh: '/' },
    here: { en: 'On this machine now. It works offline from here on.', zh: '已下载到这台机器，之后可以离线使用。' },
    lost: { en: 'No answer from the playground.', zh: '服务器没有回应。' },
  };
  const POLL = 300; // ms

  const say = (key) => PG.t(WORDS[key]);
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const megabytes = (bytes, digits) => (bytes / 1e6).toFixed(digits);
  const amount = (done, total) => { // "120 of 440 MB"
    const digits = total < 9.95e6 ? 1 : 0;
    return total ? `${megabytes(done, digits)} ${say('of')} ${megabytes(total, digits)} MB` : '…';
  };
  const button = (name, text, onclick, ...kids) => PG.el('button', { class: 'btn', type: 'button', 'data-key': name, onclick }, ...kids, text);

  function badge(ready) {
    return PG.el('span', { class: ready ? 'badge ok' : 'badge' }, PG.icon(ready ? 'check' : 'cloud'), say(ready ? 'ready' : 'needs'));
  }

  class Picker {
    constructor(host, { family, models, picked, onPick, shows = () => true }) {
      Object.assign(this, { family, picked, onPick, shows, models: [], hub: {}, open: false, typed: '', job: null, offline: null });
      this.root = host.appendChild(PG.el('div', { class: 'field' }));
      this.root.addEventListener('keydown', (event) => this.key(event));
      document.addEventListener('pointerdown', (event) => { if (!event.composedPath().includes(this.root)) this.toggle(false); });
      document.addEventListener('keydown', (event) => this.escape(event));
      PG.on('lang', () => this.draw());
      if (models) this.take(models); else this.refresh();
    }

    // ---- what is there
    take(answer) { // what is on the screen is replaced only by news: a press may be on its way to it
      if (answer.wrong || JSON.stringify(answer) === this.seen) return;
      this.seen = JSON.stringify(answer);
      this.models = answer.models;
      this.hub = answer.hub;
      this.draw();
    }

    async refresh() { this.take(await PG.ask(`${this.family}/models`, {})); }

    find(key) { return this.models.find((model) => model.key === key) || { key, title: key || '', meta: '', ready: true }; }

    async look() { // is the Hub there? asked once the list is open, never at the start of the page
      if (!this.hub.download || !this.models.some((model) => model.kind === 'hub')) return;
      for (let tries = 0; this.open && tries < 30; tries += 1) {
        const said = await PG.ask(`${this.family}/reach`, {});
        if (said.known || said.wrong) {
          const news = JSON.stringify(said.wrong || null) !== JSON.stringify(this.offline);
          this.offline = said.wrong || null;
          if (news) this.draw();
          return;
        }
        await wait(POLL);
      }
    }

    // ---- choosing
    toggle(open) {
      if (open === this.open) return;
      this.open = open;
      if (!open && this.job?.state === 'failed') this.job = null; // what failed was read with the list open
      this.draw();
      if (open) { this.refresh(); this.look(); }
    }

    pick(key) {
      this.picked = key;
      this.open = false;
      if (this.job && !this.running()) this.job = null;
      this.draw();
    }

    choose(model) {
      if (!model.ready) return this.start('check', model.key);
      this.pick(model.key);
      this.root.querySelector('.model-card').focus();
      this.onPick(model.key, model);
    }

    escape(event) {
      if (event.key !== 'Escape' || !this.open) return;
      this.toggle(false);
      this.root.querySelector('.model-card').focus();
    }

    key(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step || event.target.tagName === 'INPUT') return;
      event.preventDefault();
      if (!this.open) return this.toggle(true);
      const stops = [...this.root.querySelectorAll('.model-card, .model-item')];
      stops[Math.max(0, Math.min(stops.length - 1, stops.indexOf(document.activeElement) + step))].focus();
    }

    // ---- looking and downloading
    running() { return ['checking', 'downloading'].includes(this.job?.state); }

    async start(verb, id) {
      if (this.job?.state === 'downloading') return;
      if (this.job?.state === 'checking') this.cancel();
      const job = this.job = { id, state: verb === 'check' ? 'checking' : 'downloading', done: 0, total: this.job?.total || 0, offer: this.job?.offer };
      this.draw();
      this.follow(job, await PG.ask(`${this.family}/${verb}`, { id }));
    }

    async follow(job, said) {
      job.ticket = said.ticket;
      while (this.job === job && !said.wrong) {
        said = await PG.ask(`${this.family}/progress`, { ticket: job.ticket });
        if (this.job !== job || said.wrong) break;
        const before = job.state;
        Object.assign(job, said);
        if (!this.running()) return this.finish(job);
        if (job.state === before) this.tick?.(); else this.draw();
        await wait(POLL);
      }
      if (this.job === job) { Object.assign(job, { state: 'failed', why: said.wrong }); this.draw(); }
    }

    async finish(job) {
      if (job.state === 'cancelled') this.job = null;
      if (job.state !== 'ready') return this.draw();
      await this.refresh();
      this.pick(job.id);
      this.onPick(job.id, this.find(job.id));
    }

    cancel() {
      const { ticket } = this.job;
      this.job = null;
      this.draw();
      if (ticket) PG.ask(`${this.family}/cancel`, { ticket });
    }

    // ---- drawing
    draw() {
      this.tick = null;
      const had = this.root.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      const job = this.jobNotice();
      this.root.replaceChildren(
        PG.el('div', { class: 'label', text: say('model') }),
        PG.el('div', { class: 'model', 'data-open': String(this.open) }, this.card(), this.open ? this.list(job) : null),
        this.open ? '' : job || '');
      if (!had) return;
      const next = this.root.querySelector(`[data-key="${CSS.escape(had)}"]`) || this.root.querySelector('.model-job .btn, .model-card');
      next.focus({ preventScroll: true });
    }

    card() {
      const model = this.find(this.picked);
      return PG.el('button', {
        class: 'model-card', type: 'button', 'data-key': 'card', 'aria-expanded': String(this.open), 'aria-label': `${say('model')}: ${model.title}`,
        onclick: () => this.toggle(!this.open),
      }, this.name(model), PG.icon('chev'), PG.el('span', { class: 'model-meta', text: PG.t(model.meta) }), badge(model.ready));
    }

    name(model) { return PG.el('span', { class: 'model-name', text: model.title, style: { 'overflow-wrap': 'anywhere' } }); }

    list(job) {
      return PG.el('div', { class: 'model-list' },
        PG.el('div', { class: 'model-items' }, this.models.filter((model) => model.key !== this.picked && this.shows(model)).map((model) => this.item(model))),
        this.offline && !job ? this.notice('cloud', PG.t(this.offline)) : null,
        this.hub.box ? this.box() : null,
        job);
    }

    item(model) {
      return PG.el('button', { class: 'model-item', type: 'button', 'data-key': model.key, onclick: () => this.choose(model) },
        this.name(model), PG.el('span', { class: 'model-meta', text: PG.t(model.meta) }), badge(model.ready));
    }

    box() {
      const input = PG.el('input', {
        type: 'text', placeholder: say('box'), 'aria-label': say('box'), 'data-key': 'box', maxlength: 96, autocomplete: 'off', spellcheck: 'false',
        oninput: (event) => { this.typed = event.target.value; },
      });
      input.value = this.typed;
      const submit = (event) => { event.preventDefault(); if (this.typed.trim()) this.start('check', this.typed.trim()); };
      return PG.el('form', { class: 'model-hub', onsubmit: submit },
        input, PG.el('button', { class: 'btn', type: 'submit', 'data-key': 'check', disabled: this.running() }, say('check')));
    }

    notice(icon, text, ...more) {
      return PG.el('div', { class: icon === 'x' ? 'notice wrong model-job' : 'notice model-job', role: 'status' },
        PG.icon(icon), PG.el('div', { class: 'model-job-text' }, PG.el('div', { class: 'model-job-said', text }), more));
    }

    jobNotice() {
      const { job } = this;
      if (!job) return null;
      return { checking: () => this.checking(job), offered: () => this.offered(job), downloading: () => this.downloading(job),
        failed: () => this.failed(job), ready: () => this.notice('check', say('here')) }[job.state]?.();
    }

    row(...kids) { return PG.el('div', { class: 'model-job-row' }, kids); }

    title(job) { return job.offer?.title || this.find(job.id).title; }

    checking(job) {
      return this.notice('info', `${say('checking')} ${this.title(job)} …`,
        PG.el('div', { class: 'busy' }), this.row(button('cancel', say('cancel'), () => this.cancel())));
    }

    offered(job) {
      return this.notice('cloud', `${this.title(job)} · ${PG.t(job.offer.meta)}`, PG.el('div', { class: 'model-meta', text: say('fits') }),
        this.row(
          button('download', say('download'), () => this.start('download', job.id), PG.icon('down')),
          button('close', say('close'), () => this.cancel())));
    }

    downloading(job) {
      const fill = PG.el('span', {});
      const bar = PG.el('div', { class: 'meter', role: 'progressbar', 'aria-label': say('download'), 'aria-valuemin': 0, 'aria-valuemax': 100 }, fill);
      const notice = this.notice('down', '', bar, this.row(button('cancel', say('cancel'), () => this.cancel())));
      this.tick = () => { // in place: the button under the pointer stays the same
        const share = job.total ? job.done / job.total : 0;
        fill.style.width = `${100 * share}%`;
        bar.setAttribute('aria-valuenow', Math.round(share * 100));
        notice.querySelector('.model-job-said').textContent = `${this.title(job)}: ${amount(job.done, job.total)}`;
      };
      this.tick();
      return notice;
    }

    failed(job) {
      const instead = this.models.find((model) => model.kind === 'embedded' && this.shows(model));
      const use = instead ? button('use', `${say('use')} ${instead.title}`, () => this.choose(instead)) : null;
      return this.notice('x', PG.t(job.why) || say('lost'), this.row(use, button('close', say('close'), () => this.cancel())));
    }
  }

  PG.picker = (host, options) => {
    const picker = new Picker(host, options);
    const find = async (key) => { await picker.refresh(); return picker.find(key); };
    return { pick: (key) => picker.pick(key), refresh: () => picker.refresh(), find };
  };
})();
