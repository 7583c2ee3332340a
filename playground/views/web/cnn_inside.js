// The three views into the net of the CNN room. Each asks the room for what was said and for the numbers of a step.
(() => {
  const { el, t } = PG;
  const COLOURS = [
    { en: 'red', zh: '红' },
    { en: 'green', zh: '绿' },
    { en: 'blue', zh: '蓝' },
  ];
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
  const highest = (values) => values.reduce((best, v, i) => (v > values[best] ? i : best), 0);
  const strongest = (values, columns) => {
    const i = highest(values);
    return [Math.floor(i / columns), i % columns];
  };
  // Covering is measured on a coarse grid: each pixel shows the mean of the patches over it.
  const spread = ({ shape: [rows, columns], data, patch, stride }, side) => {
    const drop = PG.floats(data),
      sum = new Float32Array(side * side),
      count = new Float32Array(side * side);
    for (let r = 0; r < rows; r += 1) {
      for (let c = 0; c < columns; c += 1) {
        for (let y = r * stride; y < r * stride + patch; y += 1) {
          for (let x = c * stride; x < c * stride + patch; x += 1) {
            sum[y * side + x] += drop[r * columns + c];
            count[y * side + x] += 1;
          }
        }
      }
    }
    const mean = sum.map((v, i) => (count[i] ? v / count[i] : 0)),
      bytes = new Uint8Array(mean.buffer);
    return { shape: [side, side], data: btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join('')) };
  };

  class View {
    constructor(room) {
      this.room = room;
    }

    get said() {
      return this.room.said;
    }

    get picture() {
      return this.room.picture;
    }

    get names() {
      return this.room.names;
    }

    get byKey() {
      return this.room.byKey;
    }

    again(more) {
      return this.room.again(more);
    }

    maps(step) {
      return this.room.maps(step);
    }

    label(i) {
      return this.room.label(i);
    }
  }

  // ---- feature maps, one step large, one number opened
  class Maps extends View {
    constructor(room) {
      super(room);
      Object.assign(this, { step: null, channel: 0, at: null, order: 'number' });
    }

    // Opens at the first convolution, where the picture is still recognisable.
    take(said, other) {
      if (other) Object.assign(this, { step: said.steps.find((step) => step.kind === 'conv').key, channel: null, at: null });
    }

    draw(host) {
      if (!this.said) return;
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
      const { steps } = this.said;
      this.net = PG.net(net, {
        steps,
        names: this.names,
        picture: this.picture,
        label: (i) => this.label(i),
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
      const { step, said } = this,
        got = await this.maps(step);
      if (step !== this.step || said !== this.said) return;
      if (got.wrong) return PG.fill(this.opened, PG.notice('wrong', got.wrong));
      const { maps, strength } = got,
        [n, rows, columns] = maps.shape;
      if (this.channel === null || this.channel >= n)
        this.channel = highest(Array.from({ length: n }, (_, i) => maps.tile(i)[highest(maps.tile(i))]));
      if (!this.at || this.at[0] >= rows || this.at[1] >= columns)
        this.at = keep || rows * columns > 1 ? strongest(maps.tile(this.channel), columns) : [0, 0];
      this.panel.setSource(W.netSource(maps.exact));
      this.layer?.off();
      const title = el('h4', { class: 'sub-title' }),
        body = el('div');
      PG.fill(this.opened, title, body);
      const retitle = () => PG.fill(title, this.layerTitle(maps));
      this.layer = PG.layer(body, {
        maps,
        strength,
        channel: this.channel,
        at: this.at,
        order: this.order,
        label: (i) => this.unitLabel(step, i),
        onOrder: (order) => {
          this.order = order;
        },
        onChannel: (channel) => {
          this.channel = channel;
          this.at = strongest(maps.tile(channel), columns);
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

    layerTitle(maps) {
      const [n, rows, columns] = maps.shape,
        name = this.names[this.step],
        tile = maps.tile(this.channel),
        at = strongest(tile, columns),
        v = PG.four(tile[at[0] * columns + at[1]]);
      const mono = el('span', { class: 'mono', text: v });
      if (rows * columns === 1)
        return [
          name,
          {
            en: `: ${n} numbers, shown: ${t(this.unitLabel(this.step, this.channel))} = `,
            zh: `：${n} 个数，当前：${t(this.unitLabel(this.step, this.channel))} = `,
          },
          mono,
        ];
      return [
        name,
        {
          en: `, map ${this.channel + 1}: strongest at row ${at[0] + 1}, column ${at[1] + 1}, with `,
          zh: `，第 ${this.channel + 1} 张：最强在第 ${at[0] + 1} 行第 ${at[1] + 1} 列，为 `,
        },
        mono,
      ];
    }

    // ---- one number opened
    async openNumber() {
      const { step, channel, at, said } = this,
        node = this.byKey.get(step);
      clearTimeout(this.opening_);
      const asked = (this.asked = {});
      const sum = await PG.ask('cnn/open', this.again({ step, channel, row: at[0], column: at[1] }));
      if (asked !== this.asked || said !== this.said) return;
      this.arith.hidden = false;
      if (sum.wrong) return PG.fill(this.arith, PG.notice('wrong', sum.wrong));
      const spatial = (key) => {
        const { shape } = this.byKey.get(key);
        return shape.length === 3;
      };
      const source = node.inputs[0],
        wants = ['conv', 'maxpool', 'avgpool'].includes(node.kind) && spatial(source);
      const [own, from] = await Promise.all([this.maps(step), wants ? this.maps(source) : null]);
      if (asked !== this.asked) return;
      PG.arithmetic(this.arith, sum, this.viewOf(sum, node, own, from));
    }

    viewOf(sum, node, own, from) {
      const [channel, row, column] = sum.at,
        next = this.said.steps.find((step) => step.inputs.includes(node.key));
      const geometry = this.geometry(node.detail),
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
        picture: this.picture,
        maps: flat ? null : own.maps,
        sourceMaps: from?.maps,
        movable: Boolean(from) && !flat,
        windowIn: (high, wide) => [
          row * geometry.stride - geometry.padding,
          column * geometry.stride - geometry.padding,
          high,
          wide,
        ],
        title: this.numberTitle(sum, node, flat),
        nextIsRelu: next?.kind === 'relu' && next.inputs.length === 1,
        name: (c) => `${t(this.names[node.key])}, ${t({ en: `map ${c + 1}`, zh: `第 ${c + 1} 张` })}`,
        sourceName: (c) => this.channelName(node.inputs[0], c),
        stepName: (key) => this.names[key],
        label: (i) => t(this.label(i)),
        channel,
        unitName: (i) => t(this.unitLabel(node.inputs[0], i)),
        onMove: move,
        onMoveIn: (r, c) =>
          move(
            inside(Math.round((r - geometry.middle) / geometry.stride), rows),
            inside(Math.round((c - geometry.middle) / geometry.stride), columns),
          ),
      };
    }
    channelName(key, c) {
      const { kind, shape } = this.byKey.get(key),
        name = t(this.names[key]);
      if (shape[0] === 1) return name;
      if (kind === 'input') return `${name}${t({ en: ', ', zh: '，' })}${t(COLOURS[c])}`;
      return name + t({ en: `, map ${c + 1}`, zh: `，第 ${c + 1} 张` });
    }
    geometry(detail) {
      const number = (pattern, otherwise) => Number(pattern.exec(detail || '')?.[1] ?? otherwise);
      const size = number(/^(\d+)×/, 1),
        stride = number(/stride (\d+)/, 1),
        padding = number(/padding (\d+)/, 0);
      return { stride, padding, middle: (size - 1) / 2 - padding };
    }
    numberTitle(sum, node, flat) {
      const [channel, row, column] = sum.at,
        name = this.names[node.key],
        value = el('span', { class: 'mono', text: PG.four(sum.value) });
      const where = flat
        ? () => `: ${t(this.unitLabel(node.key, channel))}`
        : {
            en: `, map ${channel + 1}, row ${row + 1}, column ${column + 1}`,
            zh: `，第 ${channel + 1} 张第 ${row + 1} 行第 ${column + 1} 列`,
          };
      const count = node.kind === 'conv' ? sum.parts.patches.shape.reduce((a, b) => a * b) : 0;
      const verb =
        node.kind === 'conv'
          ? { en: `: ${count} products and a bias add up to `, zh: `：${count} 个乘积加偏置等于 ` }
          : { en: ' is ', zh: ' 等于 ' };
      return [name, where, verb, value];
    }

    unitLabel(key, i) {
      const step = this.byKey.get(key);
      if (step.rows || step.kind === 'softmax' || (step.kind === 'linear' && step.shape[0] === this.said.labels.length))
        return this.label(i);
      if (step.kind === 'flatten') return this.placeIn(this.byKey.get(step.inputs[0]), i);
      return { en: `unit ${i + 1}`, zh: `第 ${i + 1} 个单元` };
    }
    placeIn(source, i) {
      const [, rows, columns] = source.shape,
        size = rows * columns,
        c = Math.floor(i / size),
        r = Math.floor((i % size) / columns) + 1,
        q = (i % columns) + 1;
      if (size === 1) return { en: `map ${c + 1}`, zh: `第 ${c + 1} 张` };
      return { en: `map ${c + 1}, row ${r}, column ${q}`, zh: `第 ${c + 1} 张第 ${r} 行第 ${q} 列` };
    }

    async saveStep() {
      const { maps } = await this.maps(this.step),
        [n, rows, columns] = maps.shape;
      const lines = Array.from({ length: n }, (_, c) =>
        Array.from({ length: rows }, (_, r) => [c, r, ...maps.tile(c).subarray(r * columns, (r + 1) * columns)]),
      ).flat();
      PG.save(
        `${this.step}.csv`,
        PG.csv([['map', 'row', ...Array.from({ length: columns }, (_, i) => `column ${i}`)], ...lines]),
        'text/csv',
      );
    }
  }

  // ---- what mattered
  class Mattered extends View {
    constructor(room) {
      super(room);
      Object.assign(this, { opacity: 0.75, method: 'cam' });
    }

    take(said, other) {
      if (other) this.camStep = said.layers.at(-1);
      this.camLabels = null;
    }

    draw(host) {
      if (!this.said) return;
      const { said } = this,
        panel = PG.panel({
          title: '',
          tools: {
            SVG: () => PG.svgFile('what-mattered.svg', heats),
            PNG: () => PG.pngFile('what-mattered.png', heats),
            CSV: () => this.saveHeat(),
          },
        });
      const heats = el('div', { class: 'heats' }),
        order = said.answer.labels.map((label) => said.labels.indexOf(label));
      this.camLabels ||= [order[0], order[1]];
      if (!said.covers) this.method = 'cam';
      const redraw = () => this.fillCam(panel, heats);
      const option = (i) => ({
        key: String(i),
        label: () => `${t(this.label(i))} · ${PG.pct(said.answer.scores[order.indexOf(i)])}`,
      });
      const pickClass = (at, label) =>
        PG.select({
          label,
          options: order.map(option),
          value: String(this.camLabels[at]),
          onchange: (key) => {
            this.camLabels[at] = Number(key);
            redraw();
          },
        });
      const layers = said.layers,
        layer = PG.slider({
          label: { en: 'Seen from', zh: '从哪一步看' },
          min: 0,
          max: layers.length - 1,
          step: 1,
          value: Math.max(0, layers.indexOf(this.camStep)),
          format: (i) => t(this.names[layers[i]]),
          oninput: (i) => {
            this.camStep = layers[i];
            redraw();
          },
        });
      const opacity = PG.slider({
        label: { en: 'Opacity', zh: '不透明度' },
        min: 0,
        max: 1,
        step: 0.05,
        value: this.opacity,
        format: (v) => `${Math.round(v * 100)} %`,
        oninput: (v) => {
          this.opacity = v;
          this.heats?.forEach((heat) => heat.set(v));
        },
      });
      const method = PG.choice({
        label: { en: 'Method', zh: '方法' },
        value: this.method,
        onchange: (key) => {
          this.method = key;
          layer.root.hidden = key !== 'cam';
          redraw();
        },
        options: [
          { key: 'cam', label: 'Grad-CAM' },
          { key: 'cover', label: { en: 'Cover a patch', zh: '遮住一块' } },
        ],
      });
      layer.root.hidden = this.method !== 'cam';
      PG.fill(
        panel.body,
        el(
          'div',
          { class: 'controls' },
          said.covers ? method.root : null,
          pickClass(0, { en: 'For the class', zh: '类别' }).root,
          pickClass(1, { en: 'Beside it', zh: '对照' }).root,
          layer.root,
          opacity.root,
        ),
        heats,
      );
      host.append(panel.root);
      redraw();
    }

    async fillCam(panel, heats) {
      const { said, camStep, method } = this,
        labels = [...this.camLabels],
        mark = (this.camMark = {});
      const found = await Promise.all(
        labels.map((label) =>
          method === 'cam' ? PG.ask('cnn/cam', this.again({ step: camStep, label })) : PG.ask('cnn/cover', this.again({ label })),
        ),
      );
      if (mark !== this.camMark || said !== this.said) return;
      const wrong = found.find((one) => one.wrong);
      if (wrong) return PG.fill(heats, PG.notice('wrong', wrong.wrong));
      const narrow = heats.clientWidth < 36 * PG.rem(),
        unit = this.picture.side,
        room = Math.min(19 * PG.rem(), narrow ? heats.clientWidth - 4 : (heats.clientWidth - 2 * PG.rem()) / 2);
      const width = unit > room ? Math.floor(room) : Math.floor(room / unit) * unit;
      const signed = method === 'cover';
      this.heats = found.map((field, i) =>
        PG.heat({
          picture: this.picture,
          field: signed ? spread(field, this.picture.side) : field,
          signed,
          width,
          opacity: this.opacity,
          label: () => `${t({ en: 'for', zh: '支持' })} “${t(this.label(labels[i]))}”`,
          read: signed
            ? (v) =>
                `${t(v < 0 ? { en: 'rises by', zh: '上升' } : { en: 'falls by', zh: '下降' })} ${(Math.abs(v) * 100).toFixed(2)} %`
            : null,
        }),
      );
      this.heatFields = found.map((field, i) => ({ label: said.labels[labels[i]], field }));
      PG.fill(
        heats,
        this.heats.map((heat) => heat.root),
      );
      this.sayCam(panel, found[0], labels[0], signed);
    }

    sayCam(panel, field, label, signed) {
      const values = PG.floats(field.data),
        most = Math.max(...values),
        at = values.indexOf(most),
        columns = field.shape[1],
        word = () => t(this.label(label));
      const row = Math.floor(at / columns),
        column = at % columns,
        where = signed ? [row * field.stride + field.patch / 2, column * field.stride + field.patch / 2] : [row + 1, column + 1];
      if (signed) {
        panel.set({
          en: `Covering row ${where[0]}, column ${where[1]} costs “${word()}” the most: ${(most * 100).toFixed(1)} points of ${PG.pct(field.probability)}`,
          zh: `遮住第 ${where[0]} 行第 ${where[1]} 列附近，“${word()}”损失最多：从 ${PG.pct(field.probability)} 中降 ${(most * 100).toFixed(1)} 个百分点`,
        });
        panel.setRead({
          en: `A square of ${field.patch} pixels covers one place after the other and the net is asked again. Teal: without this place the class loses; crimson: it gains.`,
          zh: `用 ${field.patch} 像素的方块依次遮住每个位置，再问一次网络。青色：没有这里，这个类别会下降；深红：反而上升。`,
        });
        panel.setSource({
          en: 'Probability with nothing covered minus with the patch covered, at every second pixel; a pixel shows the mean of the patches over it (Zeiler & Fergus 2014)',
          zh: '未遮挡时的概率减去遮挡后的概率，每隔一个像素一次；每个像素显示盖住它的各方块的平均（Zeiler 与 Fergus 2014）',
        });
      } else {
        panel.set(
          most
            ? {
                en: `For “${word()}” the net looks most at row ${where[0]}, column ${where[1]}`,
                zh: `判断“${word()}”时，网络最看重第 ${where[0]} 行第 ${where[1]} 列`,
              }
            : {
                en: `Seen from here, nothing in the picture speaks for “${word()}”`,
                zh: `从这一步看，图中没有什么支持“${word()}”`,
              },
        );
        panel.setRead({
          en: 'Every map of the chosen step is weighted by how much the class gains when it grows; what adds up is shown over the picture. Late steps see more, early ones see sharper.',
          zh: '所选步骤的每张图，按“它变大时这个类别得分增加多少”加权相加，再叠在图片上。靠后的步骤看得更全，靠前的看得更细。',
        });
        panel.setSource({
          en: 'Grad-CAM (Selvaraju et al. 2017): ReLU of the sum of maps × mean gradient, scaled to its own largest value',
          zh: 'Grad-CAM（Selvaraju 等 2017）：各图 × 平均梯度之和再取 ReLU，按自身最大值缩放',
        });
      }
    }

    saveHeat() {
      const rows = this.heatFields.flatMap(({ label, field }) => {
        const v = PG.floats(field.data),
          n = field.shape[1];
        return Array.from({ length: field.shape[0] }, (_, r) => [label, r, ...v.subarray(r * n, (r + 1) * n)]);
      });
      PG.save('what-mattered.csv', PG.csv([['class', 'row'], ...rows]), 'text/csv');
    }
  }

  // ---- filters
  class Filters extends View {
    take(said, other) {
      if (other) Object.assign(this, { filterStep: null, kernel: 0 });
    }

    async draw(host) {
      if (!this.said) return;
      const { said } = this,
        convs = said.steps.filter((step) => step.kind === 'conv').map((step) => step.key);
      this.filterStep ||= convs[0];
      const panel = PG.panel({
        title: '',
        tools: {
          SVG: () => PG.svgFile('filters.svg', body),
          PNG: () => PG.pngFile('filters.png', body),
          CSV: () => this.saveKernels(),
        },
      });
      const body = el('div'),
        select = PG.select({
          label: { en: 'Convolution', zh: '卷积层' },
          value: this.filterStep,
          onchange: (key) => {
            this.filterStep = key;
            this.kernel = 0;
            fill();
          },
          options: convs.map((key) => ({
            key,
            label: () => `${t(this.names[key])} · ${this.byKey.get(key).detail}, ${this.byKey.get(key).shape[0]}`,
          })),
        });
      const fill = async () => {
        const step = this.filterStep,
          got = await PG.ask('cnn/filters', { model: said.model, step, kernel: this.kernel });
        if (step !== this.filterStep || said !== this.said) return;
        if (got.wrong) return PG.fill(body, PG.notice('wrong', got.wrong));
        this.kernels = got;
        const [, channels, rows, columns] = got.shape;
        panel.set({
          en: `${got.kernels} kernels, each ${rows} × ${columns} weights for ${channels === 1 ? 'the one input map' : `every one of ${channels} input maps`}`,
          zh: `${got.kernels} 个卷积核，每个对 ${channels} 张输入各有 ${rows}×${columns} 个权重`,
        });
        panel.setRead(
          channels === 3
            ? {
                en: 'Each kernel as the patch of colour it likes best: grey is zero. Click one to see its weights for red, green and blue.',
                zh: '每个卷积核画成它最喜欢的小色块：灰色为零。点击查看它对红、绿、蓝的权重。',
              }
            : {
                en: 'Teal weights want ink there, crimson ones want none. A teal line beside a crimson one finds an edge.',
                zh: '青色的权重希望这里有墨，深红的希望没有。青线挨着红线，就是在找边缘。',
              },
        );
        panel.setSource({
          en: `The weights of ${step}, float32, the same for every picture`,
          zh: `${step} 的权重，float32，对所有图片都一样`,
        });
        PG.kernels(body, got, {
          picked: this.kernel,
          width: body.clientWidth,
          onPick: (k) => {
            this.kernel = k;
            fill();
          },
        });
      };
      PG.fill(panel.body, el('div', { class: 'controls' }, select.root), body);
      host.append(panel.root);
      await fill();
    }

    saveKernels() {
      const {
          shape: [k, c, h, w],
          data,
          first,
        } = this.kernels,
        v = PG.floats(data);
      const rows = Array.from({ length: k * c * h }, (_, i) => [
        first + Math.floor(i / (c * h)),
        Math.floor(i / h) % c,
        i % h,
        ...v.subarray(i * w, (i + 1) * w),
      ]);
      PG.save(
        'kernels.csv',
        PG.csv([['kernel', 'channel', 'row', ...Array.from({ length: w }, (_, i) => `column ${i}`)], ...rows]),
        'text/csv',
      );
    }
  }

  PG.cnnViews = (room) => ({ maps: new Maps(room), mattered: new Mattered(room), filters: new Filters(room) });
})();
