// The network: a column of units per layer, each unit a small map of what it says; links are weights, squares biases.
// All of it is one canvas, painted per frame; invisible buttons over the units and biases take pointer and keys.
(() => {
  const { el, t } = PG;
  const FEW = 16; // inputs that are drawn one by one
  const NEAR = 6; // px from a link that still reads it
  const W = {
    unit: (name) => ({ en: `${name}: open its weights`, zh: `${name}：打开它的权重` }),
    bias: (name) => ({ en: `Bias of ${name}`, zh: `${name} 的偏置` }),
    inputs: { en: 'Inputs', zh: '输入' },
    outputs: { en: 'Output', zh: '输出' },
    layer: (n) => ({ en: `Layer ${n}`, zh: `第 ${n} 层` }),
    more: (n) => ({ en: `One unit more in layer ${n}`, zh: `第 ${n} 层增加一个单元` }),
    less: (n) => ({ en: `One unit less in layer ${n}`, zh: `第 ${n} 层减少一个单元` }),
    drop: (n) => ({ en: `Take layer ${n} away`, zh: `去掉第 ${n} 层` }),
    picture: { en: 'The network', zh: '网络' },
  };
  const ease = (s) => s * s * (3 - 2 * s);
  // The share of a link's way at which it stands `x` (0 to 1) to the right: links leave and arrive level.
  const along = (x) => {
    let low = 0,
      high = 1;
    for (let i = 0; i < 14; i += 1) {
      const s = (low + high) / 2,
        at = 1.5 * s * (1 - s) * (1 - s) + 1.5 * s * s * (1 - s) + s * s * s;
      if (at < x) low = s;
      else high = s;
    }
    return low;
  };

  // {onHover([layer, unit] | null), onUnit(layer, unit, button), onWeight(layer, unit, input, place), onShape(layer, by), nameOf(layer, unit), tipOf}
  PG.mlpNet = ({ onHover, onUnit, onWeight, onShape, nameOf, tipOf, most }) => {
    let width = 0,
      shape = null,
      place = null,
      hot = null,
      pinned = null,
      last = null,
      atlas = null;
    const canvas = el('canvas', { class: 'net-canvas', 'aria-hidden': 'true' }),
      buttons = el('div', { class: 'net-units' }),
      heads = el('div', { class: 'net-heads' });
    const stage = el('div', { class: 'net-stage' }, canvas, buttons);
    const scroll = el(
      'div',
      { class: 'net-scroll', role: 'group', 'aria-label': W.picture },
      el('div', { class: 'net-inner' }, heads, stage),
    );

    // ---- where everything stands
    const drawn = (layer) => (layer === 0 && shape.folded ? 1 : shape.sizes[layer]);
    const layout = () => {
      const { sizes } = shape,
        rem = PG.lean.rem(),
        columns = sizes.length,
        least = 3.5 * rem;
      const wide = (names) => Math.max(0, Math.min(5.5 * rem, Math.max(...names.map((name) => t(name).length)) * 0.52 * rem) - 0.75 * rem);
      const left = shape.folded ? 0 : wide(shape.inputs),
        right = wide(shape.outputs);
      const full = Math.max(width, columns * least + left + right),
        tall = Math.max(...sizes.map((_, i) => drawn(i)));
      const pitch = (full - left - right) / columns,
        room = Math.max(19 * rem, tall * (tall > 16 ? 1.3 : shape.picture ? 2.25 : 1.6) * rem);
      const side = Math.max(1.125 * rem, Math.min(2.6 * rem, pitch * 0.5, room / tall - 0.5 * rem));
      const at = sizes.map((_, layer) => {
        const n = drawn(layer),
          step = Math.min(room / n, side * 2.1),
          top = (room - step * (n - 1)) / 2;
        return Array.from({ length: n }, (_, unit) => ({
          x: left + pitch * (layer + 0.5),
          y: top + step * unit,
          r: shape.folded && !layer ? 2.2 * rem : side / 2,
        }));
      });
      return { full, room, pitch, side, at, columns, left, right };
    };
    const starts = (sizes) => sizes.slice(1).reduce((all, n, i) => [...all, all[i] + n * sizes[i]], [0]);

    // ---- the furniture over the canvas: made when the shape changes, not per frame
    const small = (sign, label, onclick, off) =>
      el('button', { class: 'net-step', type: 'button', 'aria-label': label, title: label, disabled: off, onclick }, sign);
    const head = (layer) => {
      const n = shape.sizes[layer],
        name = layer === 0 ? W.inputs : layer === shape.sizes.length - 1 ? W.outputs : W.layer(layer);
      const inner = layer > 0 && layer < shape.sizes.length - 1;
      return el(
        'div',
        { class: 'net-head', style: { left: `${place.left + place.pitch * layer}px`, width: `${place.pitch}px` } },
        el('b', {}, name),
        inner
          ? el(
              'span',
              { class: 'net-count' },
              small('\u2212', n > 1 ? W.less(layer) : W.drop(layer), () => onShape(layer, -1)),
              el('span', { class: 'mono', text: String(n) }),
              small('+', W.more(layer), () => onShape(layer, 1), n >= most.units),
            )
          : el('span', { class: 'net-count mono', text: String(n) }),
      );
    };
    const unitButton = (layer, unit) => {
      const { x, y, r } = place.at[layer][unit],
        name = () => t(nameOf(layer, unit));
      const set = (on) => {
        hot = on ? { layer, unit } : null;
        onHover(on ? [layer, unit] : null);
        paint();
      };
      return el('button', {
        class: 'net-unit',
        type: 'button',
        'aria-label': () => t(W.unit(name())),
        'data-unit': `${layer}.${unit}`,
        tabindex: '-1',
        style: { left: `${x - r}px`, top: `${y - r}px`, width: `${2 * r}px`, height: `${2 * r}px` },
        onpointerenter: () => set(true),
        onpointerleave: () => {
          set(false);
          PG.untip();
        },
        onfocus: () => set(true),
        onblur: () => set(false),
        onpointermove: (event) => PG.tip(event, ...tipOf(layer, unit)),
        onclick: (event) => onUnit(layer, unit, event.currentTarget),
      });
    };
    const biasButton = (layer, unit) => {
      const { x, y, r } = place.at[layer][unit];
      return el('button', {
        class: 'net-bias',
        type: 'button',
        tabindex: '-1',
        'aria-label': () => t(W.bias(t(nameOf(layer, unit)))),
        'data-bias': `${layer}.${unit}`,
        style: { left: `${x - r - 9}px`, top: `${y + r - 5}px` },
        onpointermove: (event) =>
          PG.tip(event, el('span', {}, W.bias(t(nameOf(layer, unit)))), el('b', { class: 'mono', text: PG.four(biasOf(layer, unit)) })),
        onpointerleave: PG.untip,
        onclick: (event) => onWeight(layer, unit, null, event.currentTarget),
      });
    };
    const nameTag = (text, { x, y, r }, before) => {
      const reach = (before ? place.left : place.right) + place.pitch / 2 - r - 8,
        style = { top: `${y}px`, width: `${reach}px`, left: `${before ? x - r - 6 - reach : x + r + 6}px` };
      return el('span', { class: before ? 'net-name before' : 'net-name', style, title: text }, text);
    };
    const nameTags = () => [
      shape.folded ? [] : shape.inputs.map((name, i) => nameTag(name, place.at[0][i], true)),
      shape.outputs.map((name, i) => nameTag(name, place.at.at(-1)[i], false)),
    ];
    const furnish = () => {
      place = layout();
      stage.style.width = heads.style.width = `${place.full}px`;
      stage.style.height = `${place.room}px`;
      PG.size(canvas, place.full, place.room);
      PG.fill(
        heads,
        shape.sizes.map((_, layer) => head(layer)),
      );
      PG.fill(
        buttons,
        shape.sizes.flatMap((_, layer) =>
          Array.from({ length: drawn(layer) }, (_, unit) => [unitButton(layer, unit), layer ? biasButton(layer, unit) : null]),
        ),
        nameTags(),
      );
      const first = buttons.querySelector('.net-unit');
      if (first) first.tabIndex = 0;
    };

    // ---- arrow keys: up and down in a layer, left and right between layers, b for the bias
    buttons.addEventListener('keydown', (event) => {
      const [layer, unit] = (event.target.dataset.unit || event.target.dataset.bias || '').split('.').map(Number);
      if (!Number.isInteger(unit)) return;
      if (event.key === 'b' && layer) {
        buttons.querySelector(`[data-bias="${layer}.${unit}"]`).focus();
        return;
      }
      const by = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
      if (!by) return;
      event.preventDefault();
      const to = Math.max(0, Math.min(shape.sizes.length - 1, layer + by[0])),
        next = Math.max(0, Math.min(drawn(to) - 1, unit + by[1]));
      const button = buttons.querySelector(`[data-unit="${to}.${next}"]`);
      buttons.querySelectorAll('.net-unit').forEach((one) => {
        one.tabIndex = one === button ? 0 : -1;
      });
      button.focus();
    });

    // ---- painting; what is read (typed, hovered) is exact, what is painted may be on its way there
    const biasOf = (layer, unit, from = last.exact.biases) => from[shape.sizes.slice(1, layer).reduce((a, b) => a + b, 0) + unit];
    const weightOf = (layer, unit, input, from = last.exact.weights) =>
      from[shape.starts[layer - 1] + unit * shape.sizes[layer - 1] + input];
    // Width and colour grow with the weight, up to the largest of its layer where that is large; dense layers get thin lines.
    const stroke = (g, a, b, w, { full, wide }, strong) => {
      const x0 = a.x + a.r,
        x1 = b.x - b.r,
        mid = (x0 + x1) / 2;
      g.lineWidth = 0.5 + wide * Math.min(1, Math.abs(w) / full) + (strong ? 1.5 : 0);
      g.strokeStyle = strong ? PG.lean.token('--c-accent') : PG.mlpColour.css(w, full * 0.4);
      g.beginPath();
      g.moveTo(x0, a.y);
      g.bezierCurveTo(mid, a.y, mid, b.y, x1, b.y);
      g.stroke();
    };
    const links = (g) => {
      for (let layer = 1; layer < shape.sizes.length; layer += 1) {
        if (layer === 1 && shape.folded) {
          folded(g);
          continue;
        }
        const [n, m] = [shape.sizes[layer - 1], shape.sizes[layer]],
          from = shape.starts[layer - 1];
        const scale = {
          full: Math.max(3, PG.largest(last.weights.subarray(from, from + n * m))),
          wide: Math.max(1.5, Math.min(5.5, 40 / Math.max(n, m))),
        };
        for (let unit = 0; unit < shape.sizes[layer]; unit += 1) {
          for (let input = 0; input < shape.sizes[layer - 1]; input += 1) {
            const near =
              !hot ||
              hot.input !== undefined ||
              (hot.layer === layer && hot.unit === unit) ||
              (hot.layer === layer - 1 && hot.unit === input);
            const one = hot && hot.input === input && hot.layer === layer && hot.unit === unit;
            g.globalAlpha = near ? 1 : 0.16;
            stroke(g, place.at[layer - 1][input], place.at[layer][unit], weightOf(layer, unit, input, last.weights), scale, one);
          }
        }
      }
      g.globalAlpha = 1;
    };
    const folded = (g) => {
      // too many to draw one by one: how strong all of them are together
      g.globalAlpha = 0.5;
      for (let unit = 0; unit < shape.sizes[1]; unit += 1) {
        const a = place.at[0][0],
          b = place.at[1][unit],
          x0 = a.x + a.r,
          x1 = b.x - b.r,
          mid = (x0 + x1) / 2;
        g.lineWidth = 1.5;
        g.strokeStyle = PG.lean.token('--c-bar');
        g.beginPath();
        g.moveTo(x0, a.y);
        g.bezierCurveTo(mid, a.y, mid, b.y, x1, b.y);
        g.stroke();
      }
      g.globalAlpha = 1;
    };
    const frameOf = (g, { x, y, r }, layer, unit) => {
      const on =
        (hot && hot.input === undefined && hot.layer === layer && hot.unit === unit) ||
        (pinned && pinned[0] === layer && pinned[1] === unit);
      g.lineWidth = on ? 2.5 : 1;
      g.strokeStyle = PG.lean.token(on ? '--c-accent' : '--c-edge');
      g.strokeRect(x - r - 0.5, y - r - 0.5, 2 * r + 1, 2 * r + 1);
    };
    const units = (g) => {
      if (last.maps && shape.mapSide) {
        const { mapSide: s } = shape,
          n = last.maps.length / (s * s);
        if (!atlas || atlas.width !== s || atlas.height !== n * s) atlas = PG.mlpImage(s, n * s);
        PG.mlpColour.paintSigned(atlas.pixels, last.maps);
        for (const from of shape.shares) {
          // maps of shares (0..127) wear their class's colour
          const count = shape.sizes.at(-1);
          for (let k = 0; k < count; k += 1) classMap(atlas.pixels, from + k, k, s);
        }
        atlas.show();
      }
      let index = 0;
      g.imageSmoothingEnabled = true;
      for (let layer = 0; layer < shape.sizes.length; layer += 1) {
        for (let unit = 0; unit < drawn(layer); unit += 1) {
          const box = place.at[layer][unit],
            { x, y, r } = box;
          g.fillStyle = PG.lean.token('--c-card');
          g.fillRect(x - r, y - r, 2 * r, 2 * r);
          if (last.maps && shape.mapSide)
            g.drawImage(atlas.canvas, 0, index * shape.mapSide, shape.mapSide, shape.mapSide, x - r, y - r, 2 * r, 2 * r);
          else last.face(g, layer, unit, box);
          frameOf(g, box, layer, unit);
          index += 1;
          if (layer) bias(g, box, biasOf(layer, unit, last.biases));
        }
      }
    };
    const classMap = (pixels, index, k, s) => {
      if (shape.sizes.at(-1) === 1) {
        const part = pixels.subarray(index * s * s, (index + 1) * s * s),
          from = last.maps.subarray(index * s * s, (index + 1) * s * s);
        PG.mlpColour.paintClasses(
          part,
          from.map((v) => 2 * v),
          1,
        );
        return;
      }
      const own = PG.mlpColour.shareTable(k);
      for (let i = index * s * s; i < (index + 1) * s * s; i += 1)
        pixels[i] = own[Math.max(0, Math.min(255, Math.round(2 * last.maps[i])))];
    };
    const bias = (g, { x, y, r }, value) => {
      g.fillStyle = PG.mlpColour.css(value, 1);
      g.fillRect(x - r - 7, y + r - 4, 6, 6);
      g.lineWidth = 1;
      g.strokeStyle = PG.lean.token('--c-edge');
      g.strokeRect(x - r - 7.5, y + r - 4.5, 7, 7);
    };
    const paint = () => {
      if (!place || !last) return;
      const g = canvas.getContext('2d');
      g.clearRect(0, 0, place.full, place.room);
      links(g);
      units(g);
    };

    // ---- links under the pointer
    const linkAt = (event) => {
      if (!place || !last) return null;
      const rect = canvas.getBoundingClientRect(),
        x = event.clientX - rect.left,
        y = event.clientY - rect.top;
      for (let layer = shape.folded ? 2 : 1; layer < shape.sizes.length; layer += 1) {
        const a = place.at[layer - 1][0],
          b = place.at[layer][0],
          x0 = a.x + a.r,
          x1 = b.x - b.r;
        if (x < x0 || x > x1) continue;
        const share = ease(along((x - x0) / (x1 - x0)));
        let best = null,
          least = NEAR;
        place.at[layer].forEach((to, unit) =>
          place.at[layer - 1].forEach((from, input) => {
            const far = Math.abs(from.y + (to.y - from.y) * share - y);
            if (far < least) {
              least = far;
              best = { layer, unit, input, x, y };
            }
          }),
        );
        return best;
      }
      return null;
    };
    stage.addEventListener('pointermove', (event) => {
      if (event.target.closest('button')) return;
      const found = linkAt(event),
        before = JSON.stringify(hot);
      hot = found && { layer: found.layer, unit: found.unit, input: found.input };
      stage.style.cursor = found ? 'pointer' : '';
      if (JSON.stringify(hot) !== before) paint();
      if (!found) {
        PG.untip();
        return;
      }
      PG.tip(
        event,
        el('span', {}, t(nameOf(found.layer - 1, found.input)), ' → ', t(nameOf(found.layer, found.unit))),
        el('b', { class: 'mono', text: PG.four(weightOf(found.layer, found.unit, found.input)) }),
      );
    });
    stage.addEventListener('pointerleave', () => {
      if (hot) {
        hot = null;
        paint();
      }
      PG.untip();
    });
    stage.addEventListener('click', (event) => {
      if (event.target.closest('button')) return;
      const found = linkAt(event);
      if (found) onWeight(found.layer, found.unit, found.input, { x: found.x, y: found.y });
    });

    const redo = () => {
      if (shape && width) {
        furnish();
        paint();
      }
    };
    PG.watchWidth(scroll, (w) => {
      width = w;
      redo();
    });
    PG.on('theme', redo);
    PG.on('lang', redo);
    return {
      root: scroll,
      stage,
      FEW,
      // {sizes, inputs: names, outputs: names, folded, mapSide, shares: [index of the first map of shares]}
      setShape: (next) => {
        last = null;
        shape = { ...next, starts: starts(next.sizes) };
        hot = null;
        redo();
      },
      shape: () => shape,
      // {weights, biases, maps: as painted; exact: {weights, biases} as they are; face?(g, layer, unit, box)}
      draw: (values) => {
        last = values;
        paint();
      },
      pin: (unit) => {
        pinned = unit;
        paint();
      },
      weightOf,
      biasOf,
      place: () => place,
    };
  };
})();
