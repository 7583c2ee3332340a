// The answer card of the MLP room: player, finding, settings of the learning, the network with its large map, figures, time line.
(() => {
  const { el, t } = PG;
  const MANY = 600; // links; with more, frames follow each other without movement in between
  // room gives: value, config, head, set, live, onWeight..., see mlp.js
  PG.mlpTop = (room) => {
    const W = PG.mlpWords,
      title = el('h2', { class: 'panel-title', 'aria-live': 'off' }, W.opening),
      read = el('p', { class: 'read' });
    const nameOf = (layer, unit) => {
      const { head } = room;
      if (!layer && head.picture) return W.pixel(Math.floor(unit / head.picture) + 1, (unit % head.picture) + 1);
      if (!layer) return head.inputs[unit] ?? String(unit + 1);
      if (layer < head.sizes.length - 1) return W.unit(layer, unit + 1);
      return head.outputs.length > 1 ? W.outUnit(head.outputs[unit]) : W.oneOutput;
    };
    const plane = PG.mlpPlane({
      onAdd: (at) => room.addPoint(at),
      onRemove: (i) => room.removePoint(i),
      onRead: (i) => room.choose(i),
      tool: () => room.tool,
      chosen: () => room.ringed(),
      tipOf: (at, found, points) => [
        el('span', { class: 'mono' }, `x₁ ${PG.minus(at[0], 2)}, x₂ ${PG.minus(at[1], 2)}`),
        found < 0
          ? null
          : el(
              'span',
              {},
              t(points.test[found] ? W.isTest : W.isTrain),
              ': ',
              el('b', {}, room.head.task === 'classes' ? t(W.classOf(room.head.classes[points.y[found]])) : PG.four(points.y[found])),
            ),
      ],
    });
    const side = PG.mlpSide(room); // takes the map's place where there is no plane
    const scale = PG.mlpLegend(),
      tools = PG.mlpPointTools(room),
      layers = PG.mlpLayers(room),
      controls = PG.mlpSettings(room);
    const loss = PG.mlpFigure(),
      right = PG.mlpFigure();
    const test = PG.check({
      label: W.showTest,
      value: true,
      onchange: (on) => {
        plane.show({ test: on });
      },
    });
    const hard = PG.check({
      label: W.hard,
      value: false,
      onchange: (on) => {
        plane.show({ hard: on });
        paint(1);
      },
    });
    plane.show({ test: true });
    const net = PG.mlpNet({
      nameOf,
      most: room.value.most,
      onHover: (unit) => room.hover(unit),
      onUnit: (layer, unit, button) => {
        if (!layer) return;
        const inputs = Array.from({ length: room.head.sizes[layer - 1] }, (_, i) => i);
        editor.all(under(button), layer, unit, inputs.length > 64 ? [] : inputs);
        room.pin([layer, unit]);
      },
      onWeight: (layer, unit, input, place) => editor.one(place instanceof Element ? under(place) : place, layer, unit, input),
      onShape: (layer, by) => room.resize(layer, by),
      tipOf: (layer, unit) => [el('span', {}, t(nameOf(layer, unit))), ...side.tipOf(layer, unit)],
    });
    const under = (e) => ({ x: e.offsetLeft + e.offsetWidth / 2, y: e.offsetTop + e.offsetHeight });
    const editor = PG.mlpEdit({
      host: net.stage,
      nameOf,
      valueOf: ({ layer, unit, input }) => (input === null ? net.biasOf(layer, unit) : net.weightOf(layer, unit, input)),
      onSet: (what) => room.setWeight(what),
      onClose: () => room.pin(null),
    });
    const outName = el('div', { class: 'label' });
    const planeSide = el(
      'div',
      { class: 'mlp-out' },
      outName,
      plane.root,
      scale.root,
      el('div', { class: 'plane-checks' }, test.root, hard.root),
      tools.root,
    );
    const root = el(
      'div',
      { class: 'mlp-top' },
      room.live.root,
      el(
        'div',
        { class: 'panel-head' },
        el('div', {}, title, read),
        PG.mlpTools(room, () => picture),
      ),
      controls.root,
    );
    const picture = el(
      'div',
      { class: 'mlp-picture' },
      el('div', { class: 'mlp-left' }, layers.root, net.root, el('div', { class: 'mlp-figures' }, loss.root, right.root)),
      planeSide,
      side.root,
    );
    root.append(picture, room.live.line);

    // ---- from one frame to the next
    const glides = { maps: PG.mlpGlide(), plane: PG.mlpGlide(), weights: PG.mlpGlide(), biases: PG.mlpGlide() };
    let began = 0,
      span = 0,
      moving = 0,
      before = 0;
    const paint = (share) => {
      const { head } = room;
      if (!head) return;
      const now = Object.fromEntries(Object.entries(glides).map(([name, glide]) => [name, glide.at(share)]));
      net.draw({ exact: room.frame.arrays, weights: now.weights, biases: now.biases, maps: head.plane ? now.maps : null, face: side.face });
      if (head.plane && now.plane) plane.draw(now.plane, room.shown.maps, room.shown.side, room.shown);
    };
    let pace = 16,
      ticked = 0; // ms between two pictures of a movement, and when the last one was
    const move = () => {
      const tick = performance.now();
      if (moving) pace += (Math.min(200, tick - ticked) - pace) * 0.2;
      ticked = tick;
      const share = span ? Math.min(1, (performance.now() - began) / span) : 1;
      paint(share);
      moving = share < 1 ? requestAnimationFrame(move) : 0;
    };
    const empty = new Float32Array(0);
    const draw = ({ head, arrays }) => {
      side.mind(head, arrays);
      const shape = JSON.stringify([head.sizes, head.inputs, head.outputs, head.map_side, head.plane]);
      if (shape !== room.shapeSaid) {
        room.shapeSaid = shape;
        editor.close();
        planeSide.hidden = !head.plane;
        side.root.hidden = head.plane;
        net.setShape({
          sizes: head.sizes,
          inputs: head.inputs,
          outputs: head.outputs,
          folded: head.sizes[0] > net.FEW,
          picture: head.picture,
          mapSide: head.map_side,
          shares: head.share_from === null ? [] : [head.share_from],
        });
        tools.refresh();
        Object.values(glides).forEach((glide) => glide.aim(empty));
      }
      const unit = arrays.unit && room.view().unit && JSON.stringify(head.unit) === JSON.stringify(room.view().unit);
      room.shown = unit
        ? { signed: true, maps: 1, side: arrays.unit.shape[0], most: head.scales[head.unit[0]] }
        : {
            signed: head.task === 'values',
            maps: head.plane ? arrays.plane.shape[0] : 0,
            side: head.plane ? arrays.plane.shape[1] : 0,
            most: head.scales?.at(-1),
          };
      glides.maps.aim(arrays.maps || empty);
      glides.plane.aim((unit ? arrays.unit : arrays.plane) || empty);
      glides.weights.aim(arrays.weights);
      glides.biases.aim(arrays.biases);
      const now = performance.now();
      pace *= 0.98; // a page that is busy shows each frame as it comes, without movement in between
      span = arrays.weights.length > MANY || pace > 28 ? 0 : Math.max(40, Math.min(140, now - before));
      before = began = now;
      if (!moving) move();
      if (room.live.playing) soon(head, arrays);
      else say(head, arrays);
    };
    const say = (head, arrays) => {
      if (head !== room.head) return;
      const values = head.task === 'values',
        { unit } = room.view();
      side.take(head, arrays);
      PG.lean.say(title, PG.mlpFinding(head, room.given));
      PG.lean.say(read, head.plane ? W.read : head.picture ? W.readPixels : W.readRows);
      PG.lean.say(outName, unit ? W.mapOf(nameOf(...unit)) : W.output);
      if (head.plane) scale.draw(room.shown.signed, room.shown.most ?? 1, head.classes, room.shown.maps);
      loss.name(W.loss, W.lossOf[head.loss_kind]);
      right.name(values ? W.r2 : W.accuracy);
      const n = arrays.curves.shape[0],
        column = (k) => Float32Array.from({ length: n }, (_, i) => arrays.curves[i * 5 + k]);
      loss.draw(head.loss, (v) => PG.fixed(v, 3), [column(1), column(2)], undefined, 0);
      right.draw(
        head.right,
        values ? (v) => PG.fixed(v, 3) : PG.pct,
        [column(3), column(4)],
        1,
        values ? 0 : 1 / Math.max(2, head.classes.length) / 2,
      );
    };
    const soon = PG.lean.calm(140, say); // numbers that change faster cannot be read
    const refresh = () => {
      controls.refresh();
      layers.refresh();
      tools.refresh();
    };
    PG.on('theme', () => {
      tools.refresh();
      paint(1);
    });
    PG.on('lang', () => {
      tools.refresh();
      if (room.frame) say(room.frame.head, room.frame.arrays);
    });
    plane.onResize(() => paint(1));
    return { root, draw, refresh, repaint: () => paint(1), plane, net, side, editor, picture, nameOf };
  };

  PG.mlpFinding = (head, given) => {
    const W = PG.mlpWords,
      { test } = head.right;
    if (given && !head.at) return head.task === 'values' ? W.givenFits(PG.pct(Math.max(0, test))) : W.given(PG.pct(test));
    if (head.task === 'values') return !head.at ? W.guessFit : test <= 0 ? W.fitsNot(head.at) : W.fits(head.at, PG.pct(test));
    if (!head.at) return W.guess(PG.pct(test));
    return (head.plane ? W.right : W.rightRows)(head.at, PG.pct(test));
  };
})();
