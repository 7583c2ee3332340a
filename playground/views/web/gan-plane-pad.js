// A square to draw one's own distribution on: real points will lie along the strokes. Mouse, touch, keys.
(() => {
  const { el, icon } = PG;
  const CELLS = 64; // a place is kept as one of 64 by 64: two characters in a link
  const MOST = [60, 1200]; // strokes, places
  const PEN = 0.05; // half the width of a stroke in the plane, as the server spreads the points
  const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const W = {
    pad: {
      en: 'Draw where real points should lie. Arrow keys move the pen, space leaves a spot, shift and an arrow key draw a line.',
      zh: '画出真实点的位置。方向键移动笔，空格键落点，Shift 加方向键画线。',
    },
    hint: { en: 'Real points will lie along your strokes.', zh: '真实点会沿着你的笔画分布。' },
    draw: { en: 'Draw', zh: '画' },
    rub: { en: 'Rub out', zh: '擦' },
    clear: { en: 'Clear', zh: '清空' },
  };

  // A drawing in a link: strokes of places, two letters a place, a dot between strokes.
  PG.ganInkText = (strokes) => strokes.map((stroke) => stroke.map(([c, r]) => LETTERS[c] + LETTERS[r]).join('')).join('.');
  const strokeOf = (text) =>
    Array.from({ length: text.length >> 1 }, (_, i) => [LETTERS.indexOf(text[2 * i]), LETTERS.indexOf(text[2 * i + 1])]).filter(([c, r]) => c >= 0 && r >= 0);
  PG.ganInkStrokes = (text) => text.slice(0, 3000).split('.').slice(0, MOST[0]).map(strokeOf).filter((stroke) => stroke.length);

  // PG.ganPad({ edge, text, onDraw() }) -> {root, text(), strokes()}; the plane goes from -edge to edge
  PG.ganPad = ({ edge, text = '', onDraw: tell }) => {
    let soon = 0;
    const onDraw = () => {  // strokes that follow each other are learned together
      clearTimeout(soon);
      soon = setTimeout(tell, 300);
    };
    let strokes = PG.ganInkStrokes(text),
      tool = 'draw',
      open = null, // the stroke that grows
      cursor = null,
      side = 0;
    const canvas = el('canvas', { class: 'gan-pad', tabindex: '0', role: 'img', 'aria-label': W.pad }),
      box = el('div', {}, canvas);
    const inside = (v) => Math.min(CELLS - 1, Math.max(0, Math.round(v)));
    const full = () => strokes.length > MOST[0] || strokes.reduce((sum, stroke) => sum + stroke.length, 0) >= MOST[1];
    const show = () => {
      if (!side) return;
      const g = PG.size(canvas, side, side),
        ink = PG.ganInk(),
        place = PG.ganPlace([-0.5, CELLS - 0.5, -0.5, CELLS - 0.5], side);
      g.strokeStyle = ink.line;
      g.beginPath();
      for (const v of [0.25, 0.5, 0.75].map((share) => Math.round(share * side) + 0.5)) {
        g.moveTo(0, v);
        g.lineTo(side, v);
        g.moveTo(v, 0);
        g.lineTo(v, side);
      }
      g.stroke();
      Object.assign(g, { lineCap: 'round', lineJoin: 'round', strokeStyle: ink.real });
      for (const [wide, alpha] of [[3.2, 0.18], [1.4, 0.5]]) {
        g.lineWidth = ((wide * PEN) / edge) * (side / 2);
        g.globalAlpha = alpha;
        g.beginPath();
        for (const stroke of strokes) {
          stroke.forEach(([c, r], i) => (i ? g.lineTo : g.moveTo).call(g, place.x(c), place.y(r)));
          if (stroke.length === 1) g.lineTo(place.x(stroke[0][0]) + 0.01, place.y(stroke[0][1]));
        }
        g.stroke();
      }
      g.globalAlpha = 1;
      if (!cursor || document.activeElement !== canvas) return;
      g.strokeStyle = PG.token('--c-accent');
      g.lineWidth = 2;
      g.strokeRect(place.x(cursor[0]) - 5, place.y(cursor[1]) - 5, 10, 10);
    };
    // What lies under the rubber goes; a stroke that loses its middle becomes two.
    const rub = (at) => {
      strokes = strokes.flatMap((stroke) =>
        stroke
          .reduce((parts, place) => {
            if (Math.hypot(place[0] - at[0], place[1] - at[1]) < 4) parts.push([]);
            else parts.at(-1).push(place);
            return parts;
          }, [[]])
          .filter((part) => part.length),
      );
    };
    const reach = (at) => {
      const place = at.map(inside);
      if (tool === 'rub') rub(place);
      else if (!open && !full()) strokes.push((open = [place]));
      else if (open && !full() && Math.hypot(place[0] - open.at(-1)[0], place[1] - open.at(-1)[1]) >= 2) open.push(place);
      show();
    };
    const where = (event) => {
      const rect = canvas.getBoundingClientRect();
      return [((event.clientX - rect.left) / rect.width) * CELLS - 0.5, (1 - (event.clientY - rect.top) / rect.height) * CELLS - 0.5];
    };
    let down = false;
    const start = (event) => {
      if (event.button) return;
      canvas.setPointerCapture(event.pointerId);
      [down, open] = [true, null];
      reach(where(event));
    };
    const move = (event) => {
      if (down) (event.getCoalescedEvents?.() || [event]).forEach((one) => reach(where(one)));
    };
    const end = () => {
      if (!down) return;
      down = false;
      onDraw();
    };
    const key = (event) => {
      const step = { ArrowLeft: [-2, 0], ArrowRight: [2, 0], ArrowUp: [0, 2], ArrowDown: [0, -2] }[event.key];
      if (!step && event.key !== ' ') return;
      event.preventDefault();
      cursor = cursor || [CELLS / 2, CELLS / 2];
      if (event.key === ' ' || !event.shiftKey) open = null;
      if (event.shiftKey && !open) reach(cursor);
      if (step) cursor = cursor.map((v, i) => inside(v + step[i]));
      if (step && !event.shiftKey) return show();
      reach(cursor);
      onDraw();
    };
    const events = { pointerdown: start, pointermove: move, pointerup: end, pointercancel: end, keydown: key, blur: show, focus: show };
    Object.entries(events).forEach(([name, f]) => canvas.addEventListener(name, f));

    const buttons = {};
    const hold = (name) => {
      tool = name;
      Object.entries(buttons).forEach(([k, b]) => b.setAttribute('aria-pressed', String(k === name)));
    };
    const button = (name, sign, onclick) => el('button', { class: 'btn', type: 'button', onclick }, icon(sign), W[name]);
    for (const [name, sign] of [['draw', 'pen'], ['rub', 'erase']]) buttons[name] = button(name, sign, () => hold(name));
    hold('draw');
    const wipe = () => {
      [strokes, open] = [[], null];
      hold('draw');
      show();
      onDraw();
    };
    PG.watchWidth(box, (w) => {
      side = Math.floor(Math.min(w, 19 * PG.rem())) - 2;
      show();
    });
    PG.on('theme', show);
    const inPlane = (v) => Number((((v + 0.5) / CELLS) * 2 * edge - edge).toFixed(3));
    return {
      root: el('div', { class: 'gan-own' }, box, el('div', { class: 'tools-row' }, buttons.draw, buttons.rub, button('clear', 'x', wipe)), el('span', { class: 'hint' }, W.hint)),
      text: () => PG.ganInkText(strokes),
      strokes: () => strokes.map((stroke) => stroke.map((place) => place.map(inPlane))),
    };
  };
})();
