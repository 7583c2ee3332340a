// The MLP room: one training that lives on the server, drawn as it moves; every setting stands in the address.
(() => {
  const { el, fill } = PG;
  const FIRST = 250; // updates made when the room opens, so that there is something to see
  const LINKED = 14000; // characters of settings that still fit into the address
  const ANEW = ['features', 'hidden', 'scale', 'seed', 'data', 'task', 'classes', 'csv', 'target']; // need a new start
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const fromAddress = () => {
    try {
      const said = JSON.parse(PG.query.get('mlp'));
      return said && typeof said === 'object' && !Array.isArray(said) ? said : {};
    } catch {
      return {};
    }
  };

  class Room {
    constructor(root, value) {
      Object.assign(this, {
        value,
        config: { ...value.defaults, ...fromAddress() },
        presetKey: null,
        head: null,
        frame: null,
        tool: 'add',
        pen: 0,
        example: 0,
        over: null,
        pinned: null,
        visible: 'curves',
        points: null,
        shown: {},
      });
      if (!(this.config.data in value.kinds) || !Array.isArray(this.config.features) || !Array.isArray(this.config.hidden))
        this.config = { ...value.defaults };
      this.live = PG.live({
        verb: 'mlp/',
        unit: PG.mlpWords.updates,
        speed: 100,
        question: (newSeed) => this.question(newSeed),
        view: () => this.view(),
        draw: (frame) => this.draw(frame),
        said: (text) => {
          this.refused = text;
          if (text === null) this.complain(null);
        },
      });
      this.takeSoon = PG.lean.calm(180, (frame) => {
        if (frame === this.frame) this.views[this.visible]?.take(frame);
      });
      this.card = PG.card();
      this.build(root);
      this.open();
    }

    build(root) {
      const W = PG.mlpWords;
      this.trouble = el('div');
      this.see = el('p', { class: 'mlp-see', hidden: true });
      this.top = PG.mlpTop(this);
      this.input = PG.mlpInput(this);
      this.views = {
        curves: PG.mlpCurves(this),
        confusion: PG.mlpConfusion(this),
        gradients: PG.mlpGradients(this),
        warp: PG.mlpWarp(this),
        opened: PG.mlpOpened(this),
        race: PG.mlpRace(this),
      };
      this.tabs = PG.tabs(
        Object.entries(this.views).map(([key, view]) => ({ key, label: W[key], draw: (host) => view.draw(host) })),
        {
          label: W.inside,
          onShow: (key) => {
            if (key !== this.visible) this.views[this.visible].rest?.(); // what nobody sees does not train
            this.visible = key;
            if (this.live.run) this.live.look();
          },
        },
      );
      this.foot = PG.foot({ how: W.how, code: () => this.code || '', files: PG.mlpFiles(this), lesson: 'mlp' });
      fill(this.card, this.see, this.trouble, this.top.root);
      PG.room(root, {
        head: PG.roomHead({ kicker: 'MLP', title: W.title, lead: W.lead, cite: 'Rumelhart, Hinton, Williams 1986' }),
        input: this.input.root,
        output: [this.card, PG.inside(this.tabs.root)],
        foot: this.foot,
      });
      this.top.refresh();
    }

    async open() {
      this.model = fromAddress().model || null;
      if (!(await this.live.start())) {
        this.model = null;
        this.config = { ...this.value.defaults };
        this.refresh();
        await this.live.start();
      }
      if (this.model) {
        this.adopt();
        return;
      }
      await this.live.warmUp(FIRST);
    }

    // ---- what is asked and what is shown
    question(newSeed) {
      if (newSeed) {
        this.model = null;
        this.config = { ...this.config, seed: Math.floor(Math.random() * 2 ** 31) };
        this.refresh();
        this.link();
      }
      this.given = Boolean(this.file || this.model);
      const file = this.file ? { file: this.file } : {};
      this.file = null;
      return { ...this.config, ...(this.model ? { model: this.model } : {}), ...file };
    }
    view() {
      return {
        unit: this.over || this.pinned,
        tab: this.visible,
        example: this.example,
        warp: this.views?.warp.layer ?? null,
        seen: this.head?.data ?? null,
      };
    }
    draw(frame) {
      const { head, arrays } = frame,
        other = head.data !== this.head?.data;
      const past = this.head && !this.model && (head.run === this.head.run ? head.at < this.head.at : head.at > 0);
      Object.assign(this, { frame, head });
      if (other) this.fetchPoints();
      this.top.draw({ head, arrays });
      if (this.live.playing) this.takeSoon(frame);
      else this.views[this.visible]?.take(frame);
      if (past && Object.entries(head.settings).some(([name, v]) => !same(v, this.config[name]))) this.adopt();
      clearTimeout(this.later);
      if (!this.live.playing) this.later = setTimeout(() => this.refreshCode(), 150);
      else if (this.code === null) {
        this.code = ''; // asked for once: other settings than those whose code is shown are running
        this.refreshCode();
      }
    }
    async fetchPoints() {
      const said = await this.live.ask('points');
      if (said.wrong || said.data !== this.head.data) return;
      this.points = said.plane ? unpack(said) : said;
      if (this.wanted?.length === this.points.n) this.wanted = null; // they are there
      if (said.plane) this.top.plane.setPoints(this.points, said);
      else {
        this.example = Math.min(this.example, said.labels.length - 1);
        this.top.side.setExamples(said);
        this.top.repaint();
      }
      this.top.refresh();
      this.views.opened.fresh?.();
    }
    async refreshCode() {
      const said = await PG.ask('mlp/code', { ...this.config, at: this.head.at, altered: this.head.altered });
      if (!said.wrong) {
        this.code = said.code;
        this.foot.refresh();
      }
    }
    complain(text) {
      fill(this.trouble, text ? PG.notice('wrong', text) : null);
    }

    // ---- changes: a rate while it runs, another net from the beginning
    // Resolves to why they are refused, or null.
    async set(changes) {
      const before = this.config;
      this.config = { ...this.config, ...changes };
      if (same(before, this.config)) return null;
      this.complain(null);
      this.see.hidden = true;
      this.refresh();
      const anew = ANEW.some((name) => !same(before[name], this.config[name]));
      const well = await (anew ? this.restart(before) : this.alter(changes, before));
      if (well) this.link();
      return well ? null : this.refused;
    }
    async alter(changes, before) {
      if (await this.live.change({ set: changes })) {
        this.code = null;
        return true;
      }
      return this.stay(before);
    }
    async restart(before, playing = this.live.playing) {
      const { model } = this;
      if (before) this.model = null;
      this.pinned = null;
      this.code = null;
      const well = await this.live.start(false, playing);
      if (well || !before) return well;
      this.model ||= model;
      if (this.live.run && playing) this.live.play();
      return this.stay(before);
    }
    // What is refused changes nothing: the page shows again what there is, which may be more than there was `before`.
    async stay(before) {
      if (!this.live.run || !(await this.adopt())) this.config = before;
      this.refresh();
      return false;
    }
    refresh() {
      this.input.refresh();
      this.top.refresh();
    }
    pick(key) {
      const { value } = this,
        kind = value.kinds[key];
      if (key === 'own') return this.points?.x ? this.take(this.list()) : this.emptyPlane();
      if (key === 'table' && !this.config.csv) return this.input.openOwn();
      this.presetKey = null;
      const [least, most] = kind.classes,
        task = kind.task || this.config.task;
      return this.set({ data: key, task, ...(most ? { classes: Math.max(least, Math.min(most, this.config.classes)) } : {}) });
    }
    async preset(i) {
      const one = this.value.presets[i];
      this.presetKey = one.key;
      this.config = { ...this.value.defaults, ...one.config };
      fill(this.see, one.see);
      this.see.hidden = false;
      this.refresh();
      this.model = one.model || null;
      this.live.setSpeed(one.speed || 100);
      if (!(await this.restart(null, !this.model))) return; // what comes trained is shown as it came
      if (this.model) await this.adopt();
      this.link();
    }
    // A layer by so many units; counted from what is wanted, which may be more than what is drawn.
    resize(layer, by) {
      const hidden = this.config.hidden.slice();
      hidden[layer - 1] = Math.min(hidden[layer - 1] + by, Math.max(hidden[layer - 1], this.value.most.units));
      this.set({ hidden: hidden.filter((n) => n > 0) });
    }
    feature(key) {
      const { features } = this.config,
        order = Object.keys(this.value.features);
      const next = features.includes(key) ? features.filter((one) => one !== key) : [...features, key];
      if (next.length) this.set({ features: order.filter((one) => next.includes(one)) });
    }

    // ---- own points
    // As they are to be: clicks that follow each other quickly count from there, not from what is drawn.
    list() {
      return (this.config.data === 'own' && this.wanted) || Array.from({ length: this.points.n }, (_, i) => this.point(i));
    }
    point(i) {
      const { x, y } = this.points;
      return [x[2 * i], x[2 * i + 1], y[i]].map((v) => Math.round(v * 100) / 100);
    }
    addPoint(at) {
      if (this.points?.x) this.take([...this.list(), [...at, this.pen]]);
    }
    removePoint(i) {
      const gone = this.point(i),
        left = this.list(),
        at = left.findIndex((one) => same(one, gone));
      if (at >= 0) this.take(left.filter((_, k) => k !== at));
    }
    async take(own) {
      const { task, classes } = this.head,
        before = this.config;
      this.wanted = own;
      const most = Math.max(2, task === 'classes' ? 1 + Math.max(classes.length - 1, ...own.map((p) => p[2])) : 2);
      const changes = { own, data: 'own', task, ...(task === 'classes' ? { classes: most } : {}) };
      this.config = { ...this.config, ...changes };
      this.presetKey = null;
      this.complain(null);
      this.refresh();
      const well = await (task === 'classes' && most !== classes.length ? this.restart(before) : this.alter(changes, before));
      if (well) this.link();
      else this.wanted = null;
    }
    emptyPlane() {
      const own = [
        [-3, 3, 0],
        [3, -3, 0],
        [3, 3, 1],
        [-3, -3, 1],
      ]; // the least a net can be asked to learn
      this.set({ data: 'own', own, task: 'classes', classes: 2 });
    }
    async bring(kind, csv, target, task, tell) {
      tell(null);
      const said = await PG.ask('mlp/read', { kind, csv, target, task });
      if (said.wrong) return tell(said.wrong);
      return this.set(
        kind === 'points'
          ? { data: 'own', own: said.own, task, classes: said.classes || this.config.classes }
          : { data: 'table', csv, target, task },
      );
    }

    // ---- weights, units, examples
    async setWeight({ layer, unit, input, value }) {
      await this.live.change({ weight: { layer: layer - 1, unit, source: input === null ? -1 : input, value } });
      await new Promise(requestAnimationFrame); // until it is drawn, so that whoever asks next reads the new value
    }

    hover(unit) {
      this.over = unit;
      clearTimeout(this.soon);
      if (!this.live.playing && this.head?.plane) this.soon = setTimeout(() => this.live.look(), unit ? 30 : 60);
    }
    pin(unit) {
      this.pinned = unit;
      this.top.net.pin(unit);
      if (!unit) this.hover(null);
    }
    ringed() {
      return this.visible === 'opened' ? this.views.opened.ring() : null;
    }
    choose(i) {
      if (this.points?.x) return this.views.opened.choose(i);
      this.example = i;
      this.top.side.setExamples(this.points);
      return this.live.look();
    }
    async load(bytes, large) {
      if (!bytes) return this.complain(large);
      this.model = null;
      this.file = PG.mlpBase64(bytes);
      this.pinned = null;
      this.complain(null);
      return (await this.live.start()) && this.adopt();
    }
    // Settings as the training itself has them: after a file was loaded, or after a look into the past.
    async adopt() {
      const said = await this.live.ask('settings');
      if (said.wrong) return false;
      this.config = { ...this.value.defaults, ...said };
      this.code = null;
      this.refresh();
      this.link();
      return true;
    }

    // ---- the address leads back to these settings
    link() {
      if (this.model) {
        PG.inAddress('mlp', JSON.stringify({ model: this.model }), true);
        return;
      }
      const { defaults } = this.value,
        kept = Object.entries(this.config).filter(([name, v]) => !same(v, defaults[name]));
      let said = JSON.stringify(
        Object.fromEntries(
          kept.filter(([name]) => (name !== 'own' || this.config.data === 'own') && (name !== 'csv' || this.config.data === 'table')),
        ),
      );
      if (said.length > LINKED) {
        said = JSON.stringify(Object.fromEntries(kept.filter(([name]) => !['own', 'csv', 'data'].includes(name))));
        fill(this.see, PG.mlpWords.linked);
        this.see.hidden = false;
      }
      PG.inAddress('mlp', said, true);
    }
  }
  const unpack = ({ x, y, test }) => {
    const places = PG.floats(x),
      values = PG.floats(y);
    return { x: places, y: values, test: PG.bytes(test), n: values.length };
  };

  PG.widget('mlp', (root, value) => new Room(root, value));
})();
