// Where there is no plane: a matrix of what was said for what is true, and single examples to click; and how units look
// for the chosen example.
(() => {
  const { el, t, fill } = PG;
  const W = {
    said: { en: 'said', zh: '回答' },
    true_: { en: 'true', zh: '真值' },
    matrix: { en: 'Test examples: true class down, said class across', zh: '测试样本：行为真实类别，列为回答的类别' },
    choose: { en: 'Choose an example', zh: '选择一个样本' },
    value: { en: 'for this example', zh: '对这个样本' },
    example: (i, label) => ({ en: `Test example ${i + 1}, ${label}`, zh: `测试样本 ${i + 1}，${label}` }),
    says: (label, share) => ({ en: `It says ${label}, ${share}`, zh: `它回答 ${label}，${share}` }),
    saysValue: (v, truth) => ({ en: `It says ${v}; true is ${truth}`, zh: `它回答 ${v}；真值为 ${truth}` }),
    values: { en: 'Test examples: true value across, said value up', zh: '测试样本：横轴为真值，纵轴为回答' },
  };

  // A square matrix of counts: rows true, columns said; drawn again and again into the same cells.
  PG.mlpMatrix = (onCell) => {
    const host = el('div', { class: 'matrix-box' });
    let names = null,
      cells = [];
    const build = (classes) => {
      names = JSON.stringify(classes);
      cells = classes.map(() => classes.map(() => el('td', { class: 'mono' })));
      const corner = el(
        'th',
        { class: 'hint' },
        () => `${t(W.said)} →`,
        el('br'),
        () => `${t(W.true_)} ↓`,
      );
      fill(
        host,
        el(
          'table',
          { class: classes.length > 6 ? 'matrix many' : 'matrix', 'aria-label': W.matrix },
          el(
            'tr',
            {},
            corner,
            classes.map((name) => el('th', { scope: 'col', text: name })),
          ),
          classes.map((name, row) => el('tr', {}, el('th', { scope: 'row', text: name }), cells[row])),
        ),
      );
      cells.forEach((line, row) => line.forEach((cell, column) => cell.addEventListener('click', () => onCell?.(row, column))));
    };
    const draw = (classes, counts) => {
      if (JSON.stringify(classes) !== names) build(classes);
      const n = classes.length,
        ramp = PG.ramp('--amount');
      for (let row = 0; row < n; row += 1) {
        const sum = Math.max(
          1,
          counts.subarray(row * n, row * n + n).reduce((a, b) => a + b, 0),
        );
        for (let column = 0; column < n; column += 1) {
          const v = counts[row * n + column],
            colour = ramp((v / sum) * 0.85),
            cell = cells[row][column];
          const text = String(v);
          if (cell.textContent !== text) cell.textContent = text;
          cell.style.background = PG.str(colour);
          cell.style.color = v ? PG.inkOn(colour) : PG.lean.token('--c-ink-3');
          cell.classList.toggle('on', row === column);
        }
      }
    };
    return { root: host, draw };
  };

  // Pixels 0..255 as ink on paper.
  PG.mlpInk = (values, side, w) => {
    const canvas = el('canvas'),
      ramp = PG.ramp('--amount');
    PG.paint(canvas, w, w, side, side, (i) => ramp(values[i] / 255));
    return canvas;
  };

  PG.mlpSide = (room) => {
    const matrix = PG.mlpMatrix(),
      examples = el('div', { class: 'side-examples' }),
      said = el('div', { class: 'side-said', 'aria-live': 'polite' });
    const what = el('div', { class: 'hint' });
    const scatter = PG.mlpScatter();
    const root = el(
      'div',
      { class: 'mlp-out mlp-side', hidden: true },
      el('div', { class: 'label' }, PG.mlpWords.output),
      what,
      matrix.root,
      scatter.root,
      said,
      el('div', { class: 'label' }, W.choose),
      examples,
    );
    let head = null,
      acts = null,
      inputs = null;

    const list = (about) => {
      const side = Math.round(2.25 * PG.lean.rem());
      if (about.pixels) {
        const all = PG.bytes(about.pixels),
          n = about.side ** 2;
        fill(
          examples,
          el(
            'div',
            { class: 'thumbs' },
            about.labels.map((label, i) =>
              el(
                'button',
                {
                  class: 'thumb',
                  type: 'button',
                  'data-example': i,
                  'aria-pressed': String(i === room.example),
                  'aria-label': () => t(W.example(i, label)),
                  onclick: () => room.choose(i),
                },
                PG.mlpInk(all.subarray(i * n, i * n + n), about.side, side),
              ),
            ),
          ),
        );
      } else {
        const pick = el(
          'select',
          { class: 'cell', 'aria-label': W.choose, onchange: () => room.choose(Number(pick.value)) },
          about.labels.map((label, i) => el('option', { value: i, text: () => t(W.example(i, label)) })),
        );
        pick.value = room.example;
        fill(
          examples,
          pick,
          el(
            'dl',
            { class: 'row-values' },
            about.columns.map((name, k) => [
              el('dt', { text: name }),
              el('dd', { class: 'mono', text: PG.four(about.rows[room.example][k]) }),
            ]),
          ),
        );
      }
    };
    const offset = (layer) => head.sizes.slice(0, layer).reduce((a, b) => a + b, 0);
    const value = (layer, unit) => (layer === 0 && head.sizes[0] > 16 ? null : acts?.[offset(layer) + unit]);
    // One unit for the chosen example: its colour; in the first layer of pixels, its weights.
    const face = (g, layer, unit, { x, y, r }) => {
      if (!acts) return;
      if (layer === 0 && head.picture) {
        picture(g, x, y, r);
        return;
      }
      if (layer === 0 && head.sizes[0] > 16) {
        stack(g, x, y, r);
        return;
      }
      if (layer === 1 && head.picture) {
        weightsOf(g, unit, x, y, r);
        return;
      }
      const outputs = layer === head.sizes.length - 1,
        most = outputs && head.task === 'classes' ? 1 : head.scales[layer];
      g.fillStyle =
        outputs && head.task === 'classes' ? PG.str(PG.ramp('--amount')(value(layer, unit))) : PG.mlpColour.css(value(layer, unit), most);
      g.fillRect(x - r, y - r, 2 * r, 2 * r);
    };
    let tile = null;
    const weightsOf = (g, unit, x, y, r) => {
      const n = head.sizes[0],
        side = head.picture;
      if (!tile || tile.width !== side) tile = PG.mlpImage(side, side);
      const all = room.frame.arrays.weights.subarray(unit * n, unit * n + n),
        most = PG.largest(all) || 1;
      PG.mlpColour.paintSigned(
        tile.pixels,
        all.map((v) => (v / most) * 127),
      );
      tile.show();
      g.imageSmoothingEnabled = false;
      g.drawImage(tile.canvas, x - r, y - r, 2 * r, 2 * r);
    };
    const picture = (g, x, y, r) => {
      if (!inputs) return;
      const canvas = PG.mlpInk(inputs, head.picture, Math.round(2 * r));
      g.drawImage(canvas, x - r, y - r, 2 * r, 2 * r);
    };
    const stack = (g, x, y, r) => {
      const n = head.sizes[0];
      for (let i = 0; i < n; i += 1) {
        g.fillStyle = PG.mlpColour.css(acts[i], head.scales[0]);
        g.fillRect(x - r, y - r + (i * 2 * r) / n, 2 * r, (2 * r) / n);
      }
    };
    const mind = (nextHead, arrays) => {
      head = nextHead;
      acts = arrays.acts;
    };
    const take = (nextHead, arrays) => {
      mind(nextHead, arrays);
      if (head.plane || !acts) return;
      const values = head.task === 'values';
      matrix.root.hidden = values;
      scatter.root.hidden = !values;
      PG.lean.say(what, values ? W.values : W.matrix);
      if (values) scatter.draw(arrays.pairs);
      else matrix.draw(head.classes, arrays.confusion);
      PG.lean.say(
        said,
        head.said
          ? values
            ? W.saysValue(PG.four(head.said.value), PG.four(head.said.truth))
            : W.says(head.said.label, PG.pct(head.said.share))
          : '',
      );
    };
    return {
      root,
      face,
      take,
      mind,
      setExamples: (about) => {
        const n = about.side ** 2;
        inputs = about.pixels ? PG.bytes(about.pixels).slice(room.example * n, room.example * n + n) : null;
        list(about);
      },
      tipOf: (layer, unit) => {
        if (!head || head.plane) return [];
        const v = value(layer, unit);
        return v === null || v === undefined ? [] : [el('b', { class: 'mono', text: PG.four(v) }), el('span', {}, W.value)];
      },
    };
  };

  // True against said, one dot per test example; on the line both agree.
  PG.mlpScatter = () => {
    const canvas = el('canvas', { role: 'img', 'aria-label': W.values }),
      root = el('div', { class: 'scatter' }, canvas);
    let pairs = null,
      width = 0;
    const draw = () => {
      if (!pairs || !width) return;
      const side = Math.min(width, 22 * PG.lean.rem()),
        g = PG.size(canvas, side, side),
        n = pairs.length / 2,
        edge = 2.2 * PG.lean.rem();
      const low = pairs.reduce((a, b) => Math.min(a, b), Infinity),
        high = pairs.reduce((a, b) => Math.max(a, b), -Infinity),
        wide = high - low || 1;
      const at = (v) => edge + ((v - low) / wide) * (side - edge - 8);
      g.font = `${0.6875 * PG.lean.rem()}px ${PG.lean.token('--sans')}`;
      g.fillStyle = PG.lean.token('--c-ink-3');
      g.textAlign = 'center';
      [low, high].forEach((v, i) => g.fillText(PG.four(Number(v.toPrecision(3))), i ? side - 16 : edge, side - edge + 14));
      g.fillText(t(W.true_), side / 2, side - 6);
      g.textAlign = 'right';
      [low, high].forEach((v) => g.fillText(PG.four(Number(v.toPrecision(3))), edge - 4, side - at(v) + (v === high ? 8 : 0)));
      g.fillText(t(W.said), edge - 4, side / 2);
      g.strokeStyle = PG.lean.token('--c-edge');
      g.beginPath();
      g.moveTo(at(low), side - at(low));
      g.lineTo(at(high), side - at(high));
      g.stroke();
      g.fillStyle = PG.lean.token('--c-ink');
      g.globalAlpha = 0.55;
      for (let i = 0; i < n; i += 1) {
        g.beginPath();
        g.arc(at(pairs[2 * i]), side - at(pairs[2 * i + 1]), 2.5, 0, 7);
        g.fill();
      }
      g.globalAlpha = 1;
    };
    PG.watchWidth(root, (w) => {
      width = w;
      draw();
    });
    PG.on('theme', draw);
    PG.on('lang', draw);
    return {
      root,
      draw: (next) => {
        pairs = next;
        draw();
      },
    };
  };
})();
