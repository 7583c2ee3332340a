// What mattered for the answer of the CNN room: Grad-CAM of two classes side by side, or patches covered one by one.
(() => {
  const { el, t } = PG;
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


  class Mattered {
    constructor(room) {
      Object.assign(this, { room, opacity: 0.75, method: 'cam' });
    }

    take(said, other) {
      if (other) this.camStep = said.layers.at(-1);
      this.camLabels = null;
    }

    draw(host) {
      if (!this.room.said) return;
      const { said } = this.room,
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
        label: () => `${t(this.room.label(i))} · ${PG.chance(said.answer.scores[order.indexOf(i)])}`,
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
          format: (i) => t(this.room.names[layers[i]]),
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
      const { camStep, method } = this,
        { said } = this.room,
        labels = [...this.camLabels],
        mark = (this.camMark = {});
      const found = await Promise.all(
        labels.map((label) =>
          method === 'cam' ? PG.ask('cnn/cam', this.room.again({ step: camStep, label })) : PG.ask('cnn/cover', this.room.again({ label })),
        ),
      );
      if (mark !== this.camMark || said !== this.room.said) return;
      const wrong = found.find((one) => one.wrong);
      if (wrong) return PG.fill(heats, PG.notice('wrong', wrong.wrong));
      const narrow = heats.clientWidth < 36 * PG.rem(),
        unit = this.room.picture.side,
        room = Math.min(19 * PG.rem(), narrow ? heats.clientWidth - 4 : (heats.clientWidth - 2 * PG.rem()) / 2);
      const width = unit > room ? Math.floor(room) : Math.floor(room / unit) * unit;
      const signed = method === 'cover';
      this.heats = found.map((field, i) =>
        PG.heat({
          picture: this.room.picture,
          field: signed ? spread(field, this.room.picture.side) : field,
          signed,
          width,
          opacity: this.opacity,
          label: () => `${t({ en: 'for', zh: '支持' })} “${t(this.room.label(labels[i]))}”`,
          read: signed
            ? (v) =>
                t(
                  v < 0
                    ? { en: `rises by ${(-v * 100).toFixed(2)} points`, zh: `上升 ${(-v * 100).toFixed(2)} 个百分点` }
                    : { en: `falls by ${(v * 100).toFixed(2)} points`, zh: `下降 ${(v * 100).toFixed(2)} 个百分点` },
                )
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
        word = () => t(this.room.label(label));
      const row = Math.floor(at / columns),
        column = at % columns,
        where = signed ? [row * field.stride + field.patch / 2, column * field.stride + field.patch / 2] : [row + 1, column + 1];
      if (signed) {
        panel.set({
          en: `Covering row ${where[0]}, column ${where[1]} costs “${word()}” the most: ${(most * 100).toFixed(1)} points of ${PG.pct(field.probability)}`,
          zh: `遮住第 ${where[0]} 行第 ${where[1]} 列附近，“${word()}”损失最多：从 ${PG.pct(field.probability)} 中降 ${(most * 100).toFixed(1)} 个百分点`,
        });
        panel.setRead({
          en: `A square of ${field.patch} pixels covers one place after the other and the net is asked again. Teal: without this place the class loses probability; crimson: it gains.`,
          zh: `用 ${field.patch} 像素的方块依次遮住每个位置，再问一次网络。青色：没有这里，这个类别的概率会下降；深红：反而上升。`,
        });
        panel.setSource({
          en: 'Probability with nothing covered minus with the patch covered, at every second pixel; a pixel shows the mean of the patches over it (Zeiler & Fergus 2014)',
          zh: '未遮挡时的概率减去遮挡后的概率，每隔一个像素一次；每个像素显示盖住它的各方块的平均（Zeiler 与 Fergus 2014）',
        });
      } else {
        panel.set(
          most
            ? {
                en: `For “${word()}” row ${where[0]}, column ${where[1]} of the picture speaks loudest`,
                zh: `对“${word()}”支持最强的，是图片第 ${where[0]} 行第 ${where[1]} 列`,
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
        return Array.from({ length: field.shape[0] }, (_, r) => [label, r + 1, ...v.subarray(r * n, (r + 1) * n)]);
      });
      PG.save('what-mattered.csv', PG.csv([['class', 'row', ...Array.from({ length: this.heatFields[0].field.shape[1] }, (_, i) => `column ${i + 1}`)], ...rows]), 'text/csv');
    }
  }

  PG.cnnMattered = (room) => new Mattered(room);
})();
