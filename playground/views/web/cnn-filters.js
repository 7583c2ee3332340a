// The kernels of one convolution in the CNN room.
(() => {
  const { el, t } = PG;
  class Filters {
    constructor(room) {
      this.room = room;
    }

    take(said, other) {
      if (other) Object.assign(this, { filterStep: null, kernel: 0 });
    }

    async draw(host) {
      if (!this.room.said) return;
      const { said } = this.room,
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
            label: () => {
              const node = this.room.byKey.get(key);
              const said = `${t(this.room.names[key])} · ${t(PG.detail(node))}`;
              return t({ en: `${said}, ${node.shape[0]} kernels`, zh: `${said}，${node.shape[0]} 个卷积核` });
            },
          })),
        });
      const fill = async () => {
        const step = this.filterStep,
          got = await PG.ask('cnn/filters', { model: said.model, step, kernel: this.kernel });
        if (step !== this.filterStep || said !== this.room.said) return;
        if (got.wrong) return PG.fill(body, PG.notice('wrong', got.wrong));
        this.kernels = got;
        const [, channels, rows, columns] = got.shape;
        panel.set({
          en: `${got.kernels} kernels, each with ${rows} × ${columns} weights for ${channels === 1 ? 'its one input map' : `each of ${channels} input maps`}`,
          zh: `${got.kernels} 个卷积核，每个对 ${channels} 张输入各有 ${rows}×${columns} 个权重`,
        });
        panel.setRead(
          channels === 3
            ? {
                en: 'Each kernel as the patch of colour it likes best: grey is zero. Click one to see its weights for red, green and blue.',
                zh: '每个卷积核画成它最喜欢的小色块：灰色为零。点击查看它对红、绿、蓝的权重。',
              }
            : {
                en: 'Teal weights want large numbers there, crimson ones small. A teal line beside a crimson one finds an edge.',
                zh: '青色的权重希望这里的数大，深红的希望小。青线挨着红线，就是在找边缘。',
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
        first + Math.floor(i / (c * h)) + 1,
        (Math.floor(i / h) % c) + 1,
        (i % h) + 1,
        ...v.subarray(i * w, (i + 1) * w),
      ]);
      PG.save(
        'kernels.csv',
        PG.csv([['kernel', 'channel', 'row', ...Array.from({ length: w }, (_, i) => `column ${i + 1}`)], ...rows]),
        'text/csv',
      );
    }
  }

  PG.cnnFilters = (room) => new Filters(room);
})();
