// The feature maps of the CNN room: the whole net, one step large, one number opened.
(() => {
  const { el, t } = PG;
  const W = {
    netTitle: { en: 'Every map answers one question: is my pattern here?', zh: '每张图回答一个问题：我的图案在这里吗？' },
    netRead: {
      en: 'From left to right the maps get smaller and more. Stronger means: found here. Click any map to open it, then any of its numbers.',
      zh: '从左到右，图越来越小、越来越多。颜色越强表示：在这里找到了。点击任意一张图把它打开，再点击其中任意一个数。',
    },
    netSource: (exact) =>
      exact
        ? {
            en: 'Activations of this one forward pass, float32; each map is scaled to its own largest value, crimson is negative',
            zh: '这一次前向计算的激活值，float32；每张图按自身最大值缩放，深红为负',
          }
        : {
            en: 'Activations of this one forward pass; in this large layer numbers are sent in 65,536 steps per map (error below 0.001 % of its range)',
            zh: '这一次前向计算的激活值；这一大层的数按每张图 65,536 级传输（误差小于其范围的 0.001 %）',
          },
  };
  const whole = (value) => Number.isInteger(value) && value >= 0;
  const isPlace = (at) => Array.isArray(at) && at.length === 2 && at.every(whole);
  // "5×5, stride 2, padding 1" as numbers; `middle`: from the window's first cell to its centre in the input
  const geometryOf = (detail) => {
    const number = (pattern, otherwise) => Number(pattern.exec(detail || '')?.[1] ?? otherwise);
    const size = number(/^(\d+)×/, 1),
      stride = number(/stride (\d+)/, 1),
      padding = number(/padding (\d+)/, 0);
    return { stride, padding, middle: (size - 1) / 2 - padding };
  };

  class Maps {
    constructor(room) {
      Object.assign(this, { room, call: PG.cnnNames(room), step: null, channel: 0, at: null, order: 'number' });
    }

    // Opens at the first convolution, where the picture is still recognisable.
    take(said, other) {
      if (other) Object.assign(this, { step: said.steps.find((step) => step.kind === 'conv').key, channel: null, at: null });
      const { step, channel, at } = this.room.wish;
      this.room.wish = {};
      if (said.steps.some(({ key }) => key === step)) Object.assign(this, { step, channel: whole(channel) ? channel : null, at: isPlace(at) ? at : null });
    }

    draw(host) {
      if (!this.room.said) return;
      this.net?.off();
      const panel = PG.panel({
        title: W.netTitle,
        read: W.netRead,
        source: W.netSource(true),
        tools: {
          SVG: () => PG.svgFile('network.svg', net),
          PNG: () => PG.pngFile('network.png', net),
          CSV: () => this.saveStep(),
        },
      });
      const net = el('div', { class: 'net-all' });
      this.panel = panel;
      this.opened = el('div', { class: 'opened' });
      this.arith = el('div', { class: 'opened', hidden: true });
      PG.fill(panel.body, net, this.opened, this.arith);
      host.append(panel.root);
      const { steps } = this.room.said;
      this.net = PG.net(net, {
        steps,
        names: this.room.names,
        picture: this.room.picture,
        label: (i) => this.room.label(i),
        step: this.step,
        channel: this.channel,
        onPick: (s, c) => this.pick(s, c),
      });
      this.openLayer(true);
    }

    pick(step, channel) {
      Object.assign(this, { step, channel, at: null });
      this.net.select(step, channel);
      this.openLayer(false);
    }

    async openLayer(keep) {
      const { step } = this,
        { said } = this.room,
        got = await this.room.maps(step);
      if (step !== this.step || said !== this.room.said) return;
      if (got.wrong) return PG.fill(this.opened, PG.notice('wrong', got.wrong));
      const { maps, strength } = got,
        [n, rows, columns] = maps.shape;
      if (this.channel === null || this.channel >= n)
        this.channel = PG.highest(Array.from({ length: n }, (_, i) => maps.tile(i)[PG.highest(maps.tile(i))]));
      if (!this.at || this.at[0] >= rows || this.at[1] >= columns)
        this.at = keep || rows * columns > 1 ? PG.strongest(maps.tile(this.channel), columns) : [0, 0];
      this.panel.setSource(W.netSource(maps.exact));
      this.layer?.off();
      const title = el('h4', { class: 'sub-title' }),
        body = el('div');
      PG.fill(this.opened, title, body);
      const retitle = () => PG.fill(title, this.call.layerTitle(this.step, this.channel, maps));
      this.layer = PG.layer(body, {
        maps,
        strength,
        channel: this.channel,
        at: this.at,
        order: this.order,
        label: (i) => this.call.unitLabel(step, i),
        onOrder: (order) => {
          this.order = order;
        },
        onChannel: (channel) => {
          this.channel = channel;
          this.at = PG.strongest(maps.tile(channel), columns);
          this.layer.update({ channel, at: this.at });
          retitle();
          this.net.select(step, channel);
          this.openNumber();
        },
        onOpen: (channel, row, column) => {
          this.channel = channel;
          this.at = [row, column];
          this.openNumber();
        },
      });
      retitle();
      this.net.select(step, this.channel);
      this.openNumber();
    }

    // ---- one number opened
    async openNumber() {
      const { step, channel, at } = this,
        { said } = this.room,
        node = this.room.byKey.get(step);
      clearTimeout(this.opening_);
      const asked = (this.asked = {});
      const sum = await PG.ask('cnn/open', this.room.again({ step, channel, row: at[0], column: at[1] }));
      if (asked !== this.asked || said !== this.room.said) return;
      this.arith.hidden = false;
      if (sum.wrong) return PG.fill(this.arith, PG.notice('wrong', sum.wrong));
      const spatial = (key) => {
        const { shape } = this.room.byKey.get(key);
        return shape.length === 3;
      };
      const source = node.inputs[0],
        wants = ['conv', 'maxpool', 'avgpool'].includes(node.kind) && spatial(source);
      const [own, from] = await Promise.all([this.room.maps(step), wants ? this.room.maps(source) : null]);
      if (asked !== this.asked) return;
      this.room.link();
      PG.arithmetic(this.arith, sum, this.viewOf(sum, node, own, from));
    }

    viewOf(sum, node, own, from) {
      const [channel, row, column] = sum.at,
        next = this.room.said.steps.find((step) => step.inputs.includes(node.key));
      const geometry = geometryOf(node.detail),
        [, rows, columns] = own.maps.shape,
        flat = rows * columns === 1;
      const move = (r, c) => {
        this.at = [r, c];
        this.layer.update({ at: this.at });
        this.openNumber();
      };
      const inside = (v, n) => Math.min(n - 1, Math.max(0, v));
      return {
        width: this.arith.clientWidth,
        picture: this.room.picture,
        maps: flat ? null : own.maps,
        sourceMaps: from?.maps,
        movable: Boolean(from) && !flat,
        windowIn: (high, wide) => [
          row * geometry.stride - geometry.padding,
          column * geometry.stride - geometry.padding,
          high,
          wide,
        ],
        title: this.call.numberTitle(sum, node, flat),
        nextIsRelu: next?.kind === 'relu' && next.inputs.length === 1,
        name: (c) => t(this.room.names[node.key]) + t({ en: `, map ${c + 1}`, zh: `，第 ${c + 1} 张` }),
        sourceName: (c) => this.call.channelName(node.inputs[0], c),
        stepName: (key) => this.room.names[key],
        label: (i) => t(this.room.label(i)),
        channel,
        unitName: (i) => t(this.call.unitLabel(node.inputs[0], i)),
        onMove: move,
        onMoveIn: (r, c) =>
          move(
            inside(Math.round((r - geometry.middle) / geometry.stride), rows),
            inside(Math.round((c - geometry.middle) / geometry.stride), columns),
          ),
      };
    }
    async saveStep() {
      const { maps } = await this.room.maps(this.step),
        [n, rows, columns] = maps.shape;
      const lines = Array.from({ length: n }, (_, c) =>
        Array.from({ length: rows }, (_, r) => [c + 1, r + 1, ...maps.tile(c).subarray(r * columns, (r + 1) * columns)]),
      ).flat();
      PG.save(
        `${this.step}.csv`,
        PG.csv([['map', 'row', ...Array.from({ length: columns }, (_, i) => `column ${i + 1}`)], ...lines]),
        'text/csv',
      );
    }
  }

  PG.cnnMaps = (room) => new Maps(room);
})();
