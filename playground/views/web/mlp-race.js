// The race: the same net, the same initial weights, the same batches; only the optimizer differs.
(() => {
  const { el, t, fill } = PG;
  const W = {
    before: { en: 'Which optimizer is fastest from the same start?', zh: '从同一起点出发，哪个优化器最快？' },
    leads: (name, at, loss) => ({
      en: `After ${PG.countText(at)} updates ${name} leads with a test loss of ${loss}`,
      zh: `经过 ${PG.countText(at)} 次更新，${name} 领先，测试损失为 ${loss}`,
    }),
    read: {
      en: 'All begin with the same weights and see the same examples in the same order. Choose who runs, and at which learning rate: a race at one rate for all is rarely fair.',
      zh: '所有选手初始权重相同，看到的样本和顺序也相同。选择谁参赛、用多大的学习率：所有人同一个学习率往往并不公平。',
    },
    source: {
      en: 'test loss, mean over all test examples; SGD, momentum 0.9, RMSprop 0.99, Adam 0.9 and 0.999',
      zh: '测试损失，对全部测试样本取平均；SGD、动量 0.9、RMSprop 0.99、Adam 0.9 与 0.999',
    },
    lost: { en: 'diverged', zh: '已发散' },
    x: { en: 'updates', zh: '更新次数' },
    loss: { en: 'test loss', zh: '测试损失' },
    log: { en: 'Logarithmic', zh: '对数坐标' },
    rate: (name) => ({ en: `Learning rate of ${name}`, zh: `${name} 的学习率` }),
    right: { en: 'right', zh: '答对' },
    one: { en: 'Let at least one run.', zh: '至少要有一个参赛者。' },
  };
  const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];
  const START = { sgd: 0.1, momentum: 0.03, rmsprop: 0.003, adam: 0.01 };
  const KEYS = Object.keys(START);

  PG.mlpRace = (room) => {
    const runs = Object.fromEntries(KEYS.map((key) => [key, { on: true, rate: START[key] }]));
    let live = null,
      words = null,
      panel = null,
      chart = null,
      log = true,
      frame = null,
      cards = [],
      seed = null,
      racing = '';
    const name = (key) => t(room.value.optimizers[key]);
    const colour = (key) => () => PG.mlpColour.classes()[KEYS.indexOf(key)];
    const question = (newSeed) => {
      const race = KEYS.filter((key) => runs[key].on).map((key) => [key, runs[key].rate]);
      if (!race.length) {
        live.say(W.one, 'wrong');
        return null;
      }
      if (newSeed) seed = Math.floor(Math.random() * 2 ** 31); // of the race alone: the room's own net keeps its
      else if (racing !== JSON.stringify(room.config)) seed = null;
      racing = JSON.stringify(room.config);
      return { ...room.config, seed: seed ?? room.config.seed, race, stop_steps: 0, stop_test_loss: 0, stop_accuracy: 0, stop_train_loss: 0 };
    };
    const made = () => {
      const host = el('div', { class: 'race-maps' });
      cards = KEYS.map((key) => {
        const canvas = el('canvas', { 'aria-hidden': 'true' }),
          said = el('div', { class: 'hint mono' });
        const check = PG.check({
          label: () => name(key),
          value: runs[key].on,
          onchange: (on) => {
            runs[key].on = on;
            live.start();
          },
        });
        const rate = PG.select({
          label: () => t(W.rate(name(key))),
          options: RATES.map((v) => ({ key: v, label: String(v) })),
          value: runs[key].rate,
          onchange: (v) => {
            runs[key].rate = Number(v);
            live.start();
          },
        });
        const root = el(
          'div',
          { class: 'race-card', 'data-racer': key },
          el('div', { class: 'race-name', style: { '--dot': colour(key)() } }, el('i'), check.root),
          rate.root,
          canvas,
          said,
        );
        return { key, canvas, said, root, image: null };
      });
      fill(
        host,
        cards.map((card) => card.root),
      );
      return host;
    };
    const makeChart = () => {
      chart = PG.chart({
        x: W.x,
        y: () => `${t(W.loss)}${t({ en: ', ', zh: '，' })}${room.head ? t(PG.mlpWords.lossOf[room.head.loss_kind]) : ''}`,
        lines: KEYS.map((key) => ({ key, name: room.value.optimizers[key], colour: colour(key) })),
        log,
        floor: log ? undefined : 0,
      });
      return chart.root;
    };
    const map = (card, values, racer) => {
      const [maps, side] = values.shape,
        w = Math.round(6.5 * PG.lean.rem());
      if (!card.image || card.image.width !== side) card.image = PG.mlpImage(side, side);
      if (frame.head.task === 'values') PG.mlpColour.paintSigned(card.image.pixels, values);
      else PG.mlpColour.paintClasses(card.image.pixels, values, maps);
      card.image.show();
      const g = PG.size(card.canvas, w, w);
      g.globalAlpha = racer.lost ? 0.3 : 1;
      g.drawImage(card.image.canvas, 0, 0, w, w);
    };
    const short = (v, digits) => (v === null ? '∞' : PG.fixed(v, digits));
    const column = (rows, k) => Float32Array.from({ length: rows.length / 5 }, (_, i) => rows[5 * i + k]);
    const paint = () => {
      if (!frame?.head.racers || !panel) return;
      const { head, arrays } = frame,
        ys = {};
      let x = [];
      head.racers.forEach((racer, i) => {
        const rows = arrays[`curve_${i}`],
          own = column(rows, 0);
        ys[racer.optimizer] = column(rows, 2);
        if (own.length > x.length) x = own;
      });
      chart.draw({ x, ys, from: 0 });
      cards.forEach((card) => {
        const i = head.racers.findIndex(({ optimizer }) => optimizer === card.key),
          racer = head.racers[i];
        card.root.classList.toggle('off', i < 0);
        card.canvas.hidden = i < 0 || !head.plane;
        if (i < 0) {
          card.said.textContent = '';
          return;
        }
        if (head.plane) map(card, arrays[`map_${i}`], racer);
        card.said.textContent = racer.lost
          ? t(W.lost)
          : `${t(W.loss)} ${short(racer.test_loss, 3)} · ${head.task === 'values' ? `R² ${short(racer.test, 2)}` : `${PG.pct(racer.test)} ${t(W.right)}`}`;
      });
      const best = head.racers.filter(({ lost, test_loss: loss }) => !lost && loss !== null).sort((a, b) => a.test_loss - b.test_loss)[0];
      words.title(head.at && best ? W.leads(name(best.optimizer), head.at, PG.mlpShort(best.test_loss)) : W.before);
    };
    const draw = (host) => {
      if (!live)
        live = PG.live({
          verb: 'mlp/',
          unit: PG.mlpWords.updates,
          speed: 10,
          question,
          view: () => ({ race: true }),
          draw: (next) => {
            frame = next;
            paint();
          },
        });
      const picture = el('div', { class: 'race' }),
        spot = el('div', {});
      const check = PG.check({
        label: W.log,
        value: log,
        onchange: (on) => {
          log = on;
          fill(spot, makeChart());
          paint();
        },
      });
      panel = PG.panel({
        title: W.before,
        read: W.read,
        source: W.source,
        tools: PG.mlpPanelTools(
          'race',
          () => picture,
          () => [
            ['optimizer', 'updates', 'training loss', 'test loss', 'training score', 'test score'],
            ...frame.head.racers.flatMap((racer, i) =>
              Array.from({ length: frame.arrays[`curve_${i}`].length / 5 }, (_, k) => [
                racer.optimizer,
                ...frame.arrays[`curve_${i}`].subarray(5 * k, 5 * k + 5),
              ]),
            ),
          ],
        ),
      });
      words = PG.lean.words(panel);
      fill(host, panel.root);
      fill(spot, makeChart());
      fill(picture, spot, made());
      panel.body.append(live.root, check.root, picture, live.line);
      if (racing !== JSON.stringify(room.config)) live.start();
      else paint();
    };
    PG.on('theme', paint);
    return {
      draw,
      rest: () => { if (live?.playing) live.pause(); },
      take: () => {
        if (live && racing !== JSON.stringify(room.config) && !live.playing) live.start();
      },
    };
  };
})();
