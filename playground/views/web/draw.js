// A page of 28 x 28 pixels to draw on with soft ink, and the other ways a picture comes in.
(() => {
  const { el, icon } = PG;
  const SIDE = 28;
  const soft = (reach) => (distance) => Math.min(1, Math.max(0, reach - distance));
  const PEN = soft(1.75),
    RUBBER = soft(2.4);
  const WORDS = {
    page: {
      en: 'Draw here: 28 by 28 pixels. Arrow keys move the pen, space leaves ink.',
      zh: '在这里画：28×28 像素。方向键移动笔，空格键落墨。',
    },
    draw: { en: 'Draw', zh: '画' },
    rub: { en: 'Rub out', zh: '擦' },
    clear: { en: 'Clear', zh: '清空' },
    open: { en: 'Open a picture', zh: '打开图片' },
    camera: { en: 'Camera', zh: '摄像头' },
    take: { en: 'Take the photo', zh: '拍照' },
    close: { en: 'Close', zh: '关闭' },
    noCamera: {
      en: 'The camera could not be opened. Allow it in the browser, or open a picture instead.',
      zh: '无法打开摄像头。请在浏览器中允许使用，或改为打开图片。',
    },
  };

  // PG.drawpad({onDraw(ink, done)}) -> {root, set(ink), get()}; ink is Float32Array(784), 0 paper, 1 ink
  PG.drawpad = ({ onDraw }) => {
    let ink = new Float32Array(SIDE * SIDE),
      tool = 'draw',
      last = null,
      cursor = null,
      width = 0;
    const canvas = el('canvas', { class: 'pixels', tabindex: '0', role: 'img', 'aria-label': WORDS.page });
    const box = el('div', { class: 'pixels-box' }, canvas);
    const show = () => {
      if (!width) return;
      const ramp = PG.ramp('--amount'),
        g = PG.paint(canvas, width, width, SIDE, SIDE, (i) => ramp(ink[i])),
        cell = width / SIDE;
      g.strokeStyle = PG.token('--c-line');
      g.globalAlpha = 0.55;
      g.beginPath();
      for (let i = 1; i < SIDE; i += 1) {
        const at = Math.round(i * cell) + 0.5;
        g.moveTo(at, 0);
        g.lineTo(at, width);
        g.moveTo(0, at);
        g.lineTo(width, at);
      }
      g.stroke();
      g.globalAlpha = 1;
      if (cursor && document.activeElement === canvas) {
        g.strokeStyle = PG.token('--c-accent');
        g.lineWidth = 2;
        g.strokeRect((cursor[0] - 0.5) * cell, (cursor[1] - 0.5) * cell, cell, cell);
      }
    };
    const dab = (x, y) => {
      for (let row = Math.max(0, Math.floor(y - 3)); row < Math.min(SIDE, y + 3); row += 1) {
        for (let column = Math.max(0, Math.floor(x - 3)); column < Math.min(SIDE, x + 3); column += 1) {
          const i = row * SIDE + column,
            distance = Math.hypot(column + 0.5 - x, row + 0.5 - y);
          ink[i] = tool === 'draw' ? Math.max(ink[i], PEN(distance)) : Math.max(0, ink[i] - RUBBER(distance));
        }
      }
    };
    const stroke = (to) => {
      const from = last || to,
        steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) * 3));
      for (let i = 1; i <= steps; i += 1)
        dab(from[0] + ((to[0] - from[0]) * i) / steps, from[1] + ((to[1] - from[1]) * i) / steps);
      last = to;
      show();
    };
    const where = (event) => {
      const rect = canvas.getBoundingClientRect();
      return [((event.clientX - rect.left) / rect.width) * SIDE, ((event.clientY - rect.top) / rect.height) * SIDE];
    };
    const start = (event) => {
      if (event.button) return;
      ink = ink.slice();
      canvas.setPointerCapture(event.pointerId);
      last = null;
      stroke(where(event));
      onDraw(ink, false);
    };
    const move = (event) => {
      if (!last) return;
      (event.getCoalescedEvents?.() || [event]).forEach((one) => stroke(where(one)));
      onDraw(ink, false);
    };
    const end = () => {
      if (last) {
        last = null;
        onDraw(ink, true);
      }
    };
    const key = (event) => {
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!step && event.key !== ' ') return;
      event.preventDefault();
      cursor = cursor || [SIDE / 2 + 0.5, SIDE / 2 + 0.5];
      if (step) cursor = cursor.map((v, i) => Math.min(SIDE - 0.5, Math.max(0.5, v + step[i])));
      if (step && !event.shiftKey) return show();
      ink = ink.slice();
      last = null;
      stroke(cursor);
      end();
    };
    const leave = () => {
      cursor = null;
      show();
    };
    const events = { pointerdown: start, pointermove: move, pointerup: end, pointercancel: end, keydown: key, blur: leave };
    Object.entries(events).forEach(([name, f]) => canvas.addEventListener(name, f));

    const buttons = {};
    const hold = (name) => {
      tool = name;
      Object.entries(buttons).forEach(([k, b]) => b.setAttribute('aria-pressed', String(k === name)));
    };
    for (const [name, sign] of [
      ['draw', 'pen'],
      ['rub', 'erase'],
    ]) {
      buttons[name] = el('button', { class: 'btn', type: 'button', onclick: () => hold(name) }, icon(sign), WORDS[name]);
    }
    hold('draw');
    const clear = el(
      'button',
      {
        class: 'btn',
        type: 'button',
        onclick: () => {
          ink = new Float32Array(SIDE * SIDE);
          hold('draw');
          show();
          onDraw(ink, true);
        },
      },
      icon('x'),
      WORDS.clear,
    );
    PG.watchWidth(box, (w) => {
      width = Math.floor(Math.min(w, 22 * PG.rem())) - 2;
      show();
    });
    PG.on('theme', show);
    return {
      root: el('div', {}, box, el('div', { class: 'tools-row' }, buttons.draw, buttons.rub, clear)),
      set: (next) => {
        ink = next;
        show();
      },
      get: () => ink,
    };
  };

  // ---- files: opened, dropped on `zone`, pasted while `zone` is on the screen. onPicture(name, dataUrl, size)
  const read = (file) =>
    new Promise((done, fail) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result);
      reader.onerror = fail;
      reader.readAsDataURL(file);
    });
  PG.pictureDoor = ({ zone, onPicture, onWrong }) => {
    const take = async (file) => {
      if (file) onPicture(file.name || 'picture.png', () => read(file), file.size);
    };
    const input = el('input', {
      type: 'file',
      accept: 'image/*',
      hidden: true,
      onchange: () => {
        take(input.files[0]);
        input.value = '';
      },
    });
    const seat = el('div', { class: 'camera' });
    zone.addEventListener('dragover', (event) => {
      event.preventDefault();
      zone.classList.add('over');
    });
    zone.addEventListener('dragleave', () => zone.classList.remove('over'));
    zone.addEventListener('drop', (event) => {
      event.preventDefault();
      zone.classList.remove('over');
      take(event.dataTransfer.files[0]);
    });
    document.addEventListener('paste', (event) => {
      const file = [...(event.clipboardData?.files || [])].find((one) => one.type.startsWith('image/'));
      if (file && zone.offsetParent) {
        event.preventDefault();
        take(file);
      }
    });
    const row = el(
      'div',
      { class: 'label-row under' },
      el('button', { class: 'btn link', type: 'button', onclick: () => input.click() }, icon('up'), WORDS.open),
      el(
        'button',
        { class: 'btn link', type: 'button', onclick: () => PG.camera(seat, onPicture, () => onWrong(WORDS.noCamera)) },
        icon('camera'),
        WORDS.camera,
      ),
    );
    return el('div', {}, row, input, seat);
  };

  // ---- the camera: a live picture with one button; the camera is let go when a photo was taken or the box closed
  PG.camera = async (seat, onPicture, onWrong) => {
    if (seat.firstChild) return;
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    } catch {
      return onWrong();
    }
    const video = el('video', { autoplay: true, playsinline: true, muted: true });
    video.srcObject = stream;
    const close = () => {
      stream.getTracks().forEach((track) => track.stop());
      seat.replaceChildren();
    };
    const take = () => {
      const side = Math.min(video.videoWidth, video.videoHeight),
        shot = el('canvas', { width: side, height: side });
      shot.getContext('2d').drawImage(video, (side - video.videoWidth) / 2, (side - video.videoHeight) / 2);
      close();
      const url = shot.toDataURL('image/png');
      onPicture('photo.png', async () => url, url.length * 0.75);
    };
    PG.fill(
      seat,
      video,
      el(
        'div',
        { class: 'tools-row' },
        el('button', { class: 'btn', type: 'button', onclick: take }, icon('camera'), WORDS.take),
        el('button', { class: 'btn', type: 'button', onclick: close }, icon('x'), WORDS.close),
      ),
    );
  };
})();
