// Typing weights: one of them where it was clicked, or all that enter a unit, in a list.
(() => {
  const { el, t, icon } = PG;
  const W = () => PG.mlpWords;
  const read = (text) => {
    const v = Number(text.trim().replace('\u2212', '-').replace(',', '.'));
    return text.trim() && Number.isFinite(v) ? v : null;
  };
  const plain = (v) => String(Number(v.toPrecision(5)));

  // net: PG.mlpNet's; onSet({layer, unit, input, value}) -> promise. Returns {one(...), all(...), close()}.
  PG.mlpEdit = ({ host, nameOf, valueOf, onSet, onClose }) => {
    let box = null,
      back = null;
    const close = () => {
      if (box) onClose();
      box?.remove();
      box = null;
      if (back?.isConnected) back.focus({ preventScroll: true });
      back = null;
    };
    const row = (label, at) => {
      const trouble = el('div', { class: 'hint' });
      const input = el('input', { class: 'cell mono', type: 'text', inputmode: 'decimal', value: plain(valueOf(at)), 'aria-label': label });
      const set = async () => {
        const value = read(input.value);
        PG.fill(trouble, value === null ? t(W().noNumber) : null);
        if (value === null) return false;
        await onSet({ ...at, value });
        return true;
      };
      return { root: el('div', { class: 'edit-row' }, el('span', {}, label), input, trouble), input, set };
    };
    const open = (place, title, rows, cls) => {
      close();
      back = document.activeElement;
      const submit = async (event) => {
        event.preventDefault();
        const changed = rows.filter(({ input, was }) => input.value !== was);
        const done = await Promise.all((changed.length ? changed : rows.slice(0, 1)).map((one) => one.set()));
        if (done.every(Boolean)) close();
      };
      rows.forEach((one) => {
        one.was = one.input.value;
      });
      box = el(
        'form',
        {
          class: `mlp-edit ${cls}`,
          onsubmit: submit,
          onkeydown: (event) => {
            if (event.key === 'Escape') {
              event.stopPropagation();
              close();
            }
          },
        },
        el(
          'div',
          { class: 'label-row' },
          el('span', { class: 'label' }, title),
          el('button', { class: 'btn icon quiet', type: 'button', 'aria-label': W().close, onclick: close }, icon('x')),
        ),
        el(
          'div',
          { class: 'edit-rows' },
          rows.map((one) => one.root),
        ),
        el('button', { class: 'btn', type: 'submit' }, W().set),
      );
      host.append(box);
      const room = host.clientWidth,
        { offsetWidth: w } = box;
      box.style.left = `${Math.max(0, Math.min(place.x - w / 2, Math.max(room, host.scrollWidth) - w))}px`;
      box.style.top = `${place.y + 10}px`;
      rows[0].input.focus({ preventScroll: true });
      rows[0].input.select();
    };
    document.addEventListener('pointerdown', (event) => {
      if (box && !box.contains(event.target) && !host.contains(event.target)) {
        back = null;
        close();
      }
    });
    return {
      one: (place, layer, unit, input) => {
        const of = nameOf(layer, unit),
          title = input === null ? W().bias(of) : W().weight(nameOf(layer - 1, input), of);
        open(place, title, [row(title, { layer, unit, input })], 'one');
      },
      all: (place, layer, unit, inputs) =>
        open(
          place,
          W().weightsOf(nameOf(layer, unit)),
          [
            ...inputs.map((input) => row(nameOf(layer - 1, input), { layer, unit, input })),
            row(W().biasWord, { layer, unit, input: null }),
          ],
          'all',
        ),
      close,
      isOpen: () => Boolean(box),
    };
  };
})();
