// What can be taken from the MLP room: the picture, the numbers, the net itself; and a net brought back.
(() => {
  const { el, t, icon } = PG;
  const SAY = {
    load: { en: 'Load weights (.safetensors)', zh: '载入权重（.safetensors）' },
    large: { en: 'This file is larger than 4 MB: no net of this room is.', zh: '这个文件超过 4 MB：本房间的网络没有这么大。' },
  };
  const tool = (name, save) =>
    el(
      'button',
      {
        class: 'btn ghost',
        type: 'button',
        onclick: save,
        'aria-label': () => t({ en: `Download ${name}`, zh: `下载 ${name}` }),
        title: () => t({ en: `Download ${name}`, zh: `下载 ${name}` }),
      },
      icon('down'),
      name,
    );
  const rowsOf = (curves) => Array.from({ length: curves.length / 5 }, (_, i) => [...curves.subarray(5 * i, 5 * i + 5)]);
  PG.mlpCurveRows = (room) => [
    ['updates', 'training loss', 'test loss', 'training score', 'test score'],
    ...rowsOf(room.frame.arrays.curves),
  ];

  // Weights as a table: one line each.
  const weightRows = (room) => {
    const { head, arrays } = room.frame,
      lines = [['layer', 'unit', 'input', 'value']];
    let w = 0,
      b = 0;
    for (let layer = 1; layer < head.sizes.length; layer += 1) {
      for (let unit = 0; unit < head.sizes[layer]; unit += 1) {
        for (let input = 0; input < head.sizes[layer - 1]; input += 1)
          lines.push([layer, unit + 1, layer === 1 ? (head.inputs[input] ?? input + 1) : input + 1, arrays.weights[w++]]);
        lines.push([layer, unit + 1, 'bias', arrays.biases[b++]]);
      }
    }
    return lines;
  };
  PG.mlpTools = (room, picture) =>
    el(
      'div',
      { class: 'tools' },
      tool('SVG', () => PG.svgFile('network.svg', picture())),
      tool('PNG', () => PG.pngFile('network.png', picture())),
      tool('CSV', () => PG.save('weights.csv', PG.csv(weightRows(room)), 'text/csv')),
      tool('JSON', () =>
        PG.save(
          'training.json',
          PG.json({
            config: room.config,
            updates: room.head.at,
            loss: room.head.loss,
            score: room.head.right,
            weights: weightRows(room).slice(1),
          }),
          'application/json',
        ),
      ),
    );

  PG.mlpFiles = (room) => {
    const fetched = (name, field, type) => ({
      name,
      make: async () => {
        const said = await room.live.ask('files');
        if (said.wrong) return room.complain(said.wrong);
        return PG.save(name, field === 'safetensors' ? new Blob([PG.bytes(said[field])]) : said[field], type);
      },
    });
    const input = el('input', {
      type: 'file',
      accept: '.safetensors',
      'aria-label': SAY.load,
      onchange: async () => {
        const file = input.files[0];
        input.value = '';
        if (file) room.load(file.size > 4 * 2 ** 20 ? null : new Uint8Array(await file.arrayBuffer()), SAY.large);
      },
    });
    return [
      fetched('mlp.safetensors', 'safetensors'),
      fetched('mlp.py', 'python', 'text/x-python'),
      fetched('points.csv', 'csv', 'text/csv'),
      { name: SAY.load, make: () => input.click() },
    ];
  };
  PG.mlpBase64 = (bytes) => {
    let text = '';
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return btoa(text);
  };
  // SVG, PNG of a panel's picture, CSV and JSON of its numbers.
  PG.mlpPanelTools = (name, picture, rows) => ({
    SVG: () => PG.svgFile(`${name}.svg`, picture()),
    PNG: () => PG.pngFile(`${name}.png`, picture()),
    CSV: () => PG.save(`${name}.csv`, PG.csv(rows()), 'text/csv'),
    JSON: () => PG.save(`${name}.json`, PG.json(rows()), 'application/json'),
  });
})();
