// The CNN room: draw or bring a picture, see the answer, and look into every step that led to it.
(() => {
  const { el, t } = PG;
  const W = {
    title: { en: 'slides small windows over a picture', zh: '用小窗口扫过整张图' },
    lead: {
      en: 'Each window multiplies the pixels under it by its weights and adds them up (convolution). Layer upon layer, edges become strokes, and strokes become digits or things.',
      zh: '每个窗口把下面的像素乘以权重再相加（卷积）。一层接一层，边缘变成笔画，笔画变成数字或物体。',
    },
    how: {
      en: 'The same few weights are used at every position, so a stroke is found wherever it stands. Pooling keeps the largest of four neighbours: the map gets smaller, the finding stays.',
      zh: '每个位置都用同一组权重，所以笔画无论在哪里都能被找到。池化只留下四个邻居中最大的一个：图变小了，发现还在。',
    },
    picture: { en: 'Picture', zh: '图片' },
    examples: { en: 'Examples', zh: '示例' },
    centre: { en: 'Centre it as the training digits were', zh: '像训练用的数字那样居中' },
    sees: { en: 'What the net sees', zh: '网络看到的' },
    seesDigit: { en: 'scaled to 20 pixels, its mass moved to the middle', zh: '缩放到 20 像素，重心移到中间' },
    seesPhoto: (n) => ({ en: `the middle square, ${n} × ${n} pixels`, zh: `中间的正方形，${n}×${n} 像素` }),
    asking: { en: 'The net is looking …', zh: '网络正在看…' },
    opening: { en: 'Opening the room …', zh: '正在打开…' },
    maps: { en: 'Feature maps', zh: '特征图' },
    mattered: { en: 'What mattered', zh: '关键区域' },
    filters: { en: 'Filters', zh: '卷积核' },
    inside: { en: 'Inside the net', zh: '网络内部' },
    pixels: (n) => ({ en: `${n} × ${n} pixels`, zh: `${n}×${n} 像素` }),
    ink: { en: '0 paper, 1 ink', zh: '0 是纸，1 是墨' },
    drop: { en: 'or drop it here, or paste it', zh: '也可以拖到这里，或直接粘贴' },
    tooLarge: (mb) => ({ en: `This picture file is larger than ${mb} MB.`, zh: `这个图片文件超过了 ${mb} MB。` }),
    unreadable: { en: 'This file could not be read.', zh: '这个文件无法读取。' },
  };
  const LINKED = 1500; // characters of a picture that still fit into the address
  const fromAddress = () => {
    try {
      return JSON.parse(PG.query.get('cnn')) || {};
    } catch {
      return {};
    }
  };

  // ---- the room
  class Room {
    constructor(root, value) {
      const { models } = value.models,
        wish = fromAddress(),
        model = models.find(({ key, ready }) => ready && key === wish.model) || models[0];
      Object.assign(this, { value, wish, model: model.key, said: null, layers: new Map(), centred: true });
      this.views = { maps: PG.cnnMaps(this), mattered: PG.cnnMattered(this), filters: PG.cnnFilters(this) };
      this.cardHost = PG.card();
      this.build(root);
      if (typeof wish.png === 'string') this.reopen(wish.png);
      else this.pickExample(this.value.examples[this.kind()][wish.example] ? wish.example : 0);
    }

    kind() {
      return PG.isDigits(this.model) ? 'digit' : 'photo';
    }

    build(root) {
      const picker = el('div');
      this.input = el('div', { class: 'drop' });
      this.trouble = el('div');
      this.tabs = PG.tabs(
        [
          { key: 'maps', label: W.maps, draw: (host) => this.views.maps.draw(host) },
          { key: 'mattered', label: W.mattered, draw: (host) => this.views.mattered.draw(host) },
          { key: 'filters', label: W.filters, draw: (host) => this.views.filters.draw(host) },
        ],
        { label: W.inside },
      );
      this.foot = PG.foot({ how: W.how, code: () => this.said?.code || '', files: this.files(), lesson: 'cnn' });
      PG.room(root, {
        head: PG.roomHead({ kicker: 'CNN', title: W.title, lead: W.lead, cite: 'LeCun et al. 1989' }),
        input: [picker, this.input],
        output: [this.cardHost, PG.inside(this.tabs.root)],
        foot: this.foot,
      });
      PG.picker(picker, { family: 'cnn', models: this.value.models, picked: this.model, onPick: (key) => this.changeModel(key) });
      // Made once: it listens to the whole page for pasted pictures.
      this.door = PG.pictureDoor({
        zone: this.input,
        onPicture: (...file) => this.bring(...file),
        onWrong: (text) => this.complain(text),
      });
      this.pad = PG.drawpad({ onDraw: (ink, done) => this.drawn(ink, done) });
      this.drawInput();
    }

    // ---- the input column
    drawInput() {
      const digits = this.kind() === 'digit';
      this.photo = el('img', { alt: W.picture });
      this.seen = el('div', { class: 'seen', hidden: true });
      const centre = PG.check({
        label: W.centre,
        value: this.centred,
        onchange: (on) => {
          this.centred = on;
          this.ask();
        },
      });
      this.thumbs = this.value.examples[this.kind()].map((one, i) =>
        el(
          'button',
          {
            class: digits ? 'thumb ink' : 'thumb',
            type: 'button',
            'aria-label': () => `${t(W.examples)} ${i + 1}: ${t(PG.thing(one.name))}`,
            onclick: () => this.pickExample(i),
          },
          el('img', { src: `data:image/png;base64,${one.png}`, alt: '' }),
        ),
      );
      PG.fill(
        this.input,
        PG.field(
          W.picture,
          digits ? W.pixels(28) : W.drop,
          digits ? this.pad.root : el('div', { class: 'photo' }, this.photo),
          this.door,
          this.trouble,
          this.seen,
          digits ? centre.root : null,
        ),
        PG.field(W.examples, null, el('div', { class: digits ? 'thumbs many' : 'thumbs photos' }, this.thumbs)),
      );
    }

    press(at) {
      this.thumbs.forEach((b, i) => b.setAttribute('aria-pressed', String(i === at)));
    }

    changeModel(key) {
      const before = this.kind();
      this.model = key;
      if (this.kind() !== before) this.drawInput();
      if (this.kind() !== before && this.source.kind !== 'file') return this.pickExample(0);
      if (this.source.kind === 'file') this.photo.src = this.source.url;
      this.ask();
    }

    async pickExample(i) {
      const one = this.value.examples[this.kind()][i];
      this.press(i);
      this.source = {
        kind: 'example',
        index: i,
        question: { image: one.png, path: one.path },
        url: `data:image/png;base64,${one.png}`,
        small: true,
      };
      this.ask();
    }

    // A picture out of a link: small, and already as the net saw it.
    reopen(png) {
      this.source = {
        kind: 'file',
        question: { image: png, centred: false, ink_is: 'bright' },
        url: `data:image/png;base64,${png}`,
        small: true,
      };
      this.ask();
    }

    // The address leads back to this picture and number, unless it is what the room opens with.
    link() {
      const { kind, index } = this.source,
        { step, channel, at } = this.views.maps,
        png = this.said.png.length <= LINKED ? this.said.png : undefined;
      const said = JSON.stringify({
        model: this.said.model,
        ...(kind === 'example' ? { example: index } : { png }),
        step,
        channel,
        at,
      });
      this.plain ||= PG.query.has('cnn') ? '-' : said;
      this.linked ||= said !== this.plain;
      if (this.linked) PG.inAddress('cnn', said, true);
    }

    async bring(name, read, size) {
      if (size > this.value.most) return this.complain(W.tooLarge(Math.round(this.value.most / 2 ** 20)));
      let url;
      try {
        url = await read();
      } catch {
        return this.complain(W.unreadable);
      }
      this.press(-1);
      this.source = { kind: 'file', question: { image: url, path: name }, url };
      this.ask();
    }

    drawn(ink, done) {
      this.press(-1);
      this.source = { kind: 'drawn', ink };
      clearTimeout(this.soon);
      if (done) return this.ask();
      if (!this.waiting) this.soon = setTimeout(() => this.ask(), 120); // a glimpse while the pen moves
    }

    complain(text) {
      PG.fill(this.trouble, text ? PG.notice('wrong', text) : null);
    }

    // ---- asking
    question() {
      const { kind, ink, question } = this.source,
        about = { model: this.model, centred: this.centred };
      if (kind === 'drawn')
        return {
          ...about,
          ink: Array.from({ length: 28 }, (_, r) =>
            Array.from(ink.subarray(r * 28, r * 28 + 28), (v) => Math.round(v * 255) / 255),
          ),
        };
      return { ...about, ...question };
    }
    // The same sight again, small and exact: what the net saw, as it saw it.
    again(more) {
      return { image: this.said.png, model: this.said.model, centred: false, ink_is: 'bright', ...more };
    }

    async ask() {
      this.stop?.abort();
      const stop = (this.stop = new AbortController()),
        source = this.source;
      this.waiting = true;
      if (this.said) this.cardHost.classList.add('asking');
      else PG.busy(this.cardHost, W.opening);
      let said;
      try {
        said = await PG.ask('cnn/ask', this.question(), stop.signal);
      } catch {
        return;
      }
      this.waiting = false;
      this.cardHost.classList.remove('asking');
      this.complain(said.wrong);
      if (said.wrong) {
        if (!this.said)
          PG.fill(
            this.cardHost,
            PG.notice('wrong', said.wrong, { label: { en: 'Try again', zh: '重试' }, onclick: () => this.ask() }),
          );
        return;
      }
      const rgba = await PG.pixelsOf(said.png, said.side);
      if (stop.signal.aborted) return;
      this.take(said, rgba, source);
    }

    take(said, rgba, source) {
      const other = said.model !== this.said?.model;
      said.blank = said.grey && !rgba.some((v, i) => i % 4 === 0 && v);
      this.said = said;
      this.picture = { side: said.side, grey: said.grey, rgba };
      this.names = PG.nameSteps(said.steps);
      this.byKey = new Map(said.steps.map((step) => [step.key, step]));
      this.layers.clear();
      Object.values(this.views).forEach((view) => view.take(said, other));
      PG.fill(this.cardHost, PG.verdict(said));
      this.showSeen(source);
      this.tabs.redraw();
      this.foot.refresh();
    }
    showSeen(source) {
      const { picture } = this,
        digits = picture.grey;
      const page = Float32Array.from({ length: picture.side ** 2 }, (_, i) => picture.rgba[i * 4] / 255);
      if (digits && source.kind !== 'drawn') this.pad.set(page);
      if (!digits) {
        this.photo.src = source.url;
        this.photo.className = source.small ? 'small' : '';
      }
      const same = digits ? source.kind !== 'drawn' || source.ink.every((v, i) => Math.abs(v - page[i]) < 0.01) : source.small;
      this.seen.hidden = same;
      if (!same) {
        PG.fill(
          this.seen,
          PG.pictureCanvas(Math.round(4.5 * PG.rem()), picture),
          el('div', {}, el('b', {}, W.sees), el('br'), digits ? W.seesDigit : W.seesPhoto(picture.side)),
        );
      }
    }

    label(i) {
      return PG.isDigits(this.said.model) ? this.said.labels[i] : PG.thing(this.said.labels[i]);
    }

    // Numbers of one step, asked for once per picture.
    maps(step) {
      const { said } = this;
      if (!this.layers.has(step)) {
        this.layers.set(
          step,
          PG.ask('cnn/layer', this.again({ step })).then((answer) =>
            answer.wrong ? answer : { maps: PG.unpackMaps(answer), strength: PG.floats(answer.strength), said },
          ),
        );
      }
      return this.layers.get(step);
    }

    // ---- downloads
    files() {
      return [
        { name: 'maps.npz', make: () => this.saveMaps() },
        {
          name: 'probabilities.csv',
          make: () =>
            PG.save(
              'probabilities.csv',
              PG.csv([['class', 'probability'], ...this.said.answer.labels.map((l, i) => [l, this.said.answer.scores[i]])]),
              'text/csv',
            ),
        },
        {
          name: 'answer.json',
          make: () => PG.save('answer.json', PG.json({ model: this.said.model, ...this.said.answer }), 'application/json'),
        },
        { name: 'picture.png', make: () => PG.save('picture.png', new Blob([PG.bytes(this.said.png)], { type: 'image/png' })) },
      ];
    }
    async saveMaps() {
      const large = this.said.steps.length > 60,
        keys = large ? [this.views.maps.step] : this.said.steps.map((step) => step.key),
        arrays = {};
      for (const key of keys) {
        const { maps } = await this.maps(key),
          size = maps.shape[1] * maps.shape[2],
          data = new Float32Array(maps.shape[0] * size);
        for (let i = 0; i < maps.shape[0]; i += 1) data.set(maps.tile(i), i * size);
        arrays[key] = { data, shape: maps.shape };
      }
      PG.save('maps.npz', PG.npz(arrays));
    }
  }

  PG.widget('cnn', (root, value) => new Room(root, value));
})();
