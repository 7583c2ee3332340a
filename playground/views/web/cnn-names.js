// What the parts of a net are called in the CNN room: its maps, its units, one number.
(() => {
  const { el, t } = PG;
  const COLOURS = [
    { en: 'red', zh: '红' },
    { en: 'green', zh: '绿' },
    { en: 'blue', zh: '蓝' },
  ];
  const strongest = (values, columns) => {
    const i = PG.highest(values);
    return [Math.floor(i / columns), i % columns];
  };
  PG.highest = (values) => values.reduce((best, v, i) => (v > values[best] ? i : best), 0);
  // [row, column] of the largest number
  PG.strongest = strongest;

  class Names {
    constructor(room) {
      this.room = room;
    }

    write(step, value) {
      return this.room.byKey.get(step).kind === 'softmax' ? PG.share(value) : PG.four(value);
    }

    layerTitle(step, channel, maps) {
      const [n, rows, columns] = maps.shape,
        name = this.room.names[step],
        tile = maps.tile(channel),
        at = strongest(tile, columns),
        v = this.write(step, tile[at[0] * columns + at[1]]);
      const mono = el('span', { class: 'mono', text: v });
      if (rows * columns === 1)
        return [
          name,
          {
            en: `: ${n} numbers, shown: ${t(this.unitLabel(step, channel))} = `,
            zh: `：${n} 个数，当前：${t(this.unitLabel(step, channel))} = `,
          },
          mono,
        ];
      return [
        name,
        {
          en: `, map ${channel + 1}: strongest at row ${at[0] + 1}, column ${at[1] + 1}, with `,
          zh: `，第 ${channel + 1} 张：最强在第 ${at[0] + 1} 行第 ${at[1] + 1} 列，为 `,
        },
        mono,
      ];
    }

    channelName(key, c) {
      const { kind, shape } = this.room.byKey.get(key),
        name = t(this.room.names[key]);
      if (shape[0] === 1) return name;
      if (kind === 'input') return `${name}${t({ en: ', ', zh: '，' })}${t(COLOURS[c])}`;
      return name + t({ en: `, map ${c + 1}`, zh: `，第 ${c + 1} 张` });
    }
    numberTitle(sum, node, flat) {
      const [channel, row, column] = sum.at,
        name = this.room.names[node.key],
        value = el('span', { class: 'mono', text: this.write(node.key, sum.value) });
      const where = flat
        ? () => t({ en: ': ', zh: '：' }) + t(this.unitLabel(node.key, channel))
        : {
            en: `, map ${channel + 1}, row ${row + 1}, column ${column + 1}`,
            zh: `，第 ${channel + 1} 张第 ${row + 1} 行第 ${column + 1} 列`,
          };
      const count = node.kind === 'conv' ? sum.parts.patches.shape.reduce((a, b) => a * b) : 0;
      const verb =
        node.kind === 'conv'
          ? { en: `: ${count} products and a bias add up to `, zh: `：${count} 个乘积加偏置等于 ` }
          : { en: ' is ', zh: ' 等于 ' };
      return [name, where, verb, value];
    }

    unitLabel(key, i) {
      const step = this.room.byKey.get(key);
      if (step.rows || step.kind === 'softmax' || (step.kind === 'linear' && step.shape[0] === this.room.said.labels.length))
        return this.room.label(i);
      if (step.kind === 'flatten') return this.placeIn(this.room.byKey.get(step.inputs[0]), i);
      return { en: `unit ${i + 1}`, zh: `第 ${i + 1} 个单元` };
    }
    placeIn(source, i) {
      const [, rows, columns] = source.shape,
        size = rows * columns,
        c = Math.floor(i / size),
        r = Math.floor((i % size) / columns) + 1,
        q = (i % columns) + 1;
      if (size === 1) return { en: `map ${c + 1}`, zh: `第 ${c + 1} 张` };
      return { en: `map ${c + 1}, row ${r}, column ${q}`, zh: `第 ${c + 1} 张第 ${r} 行第 ${q} 列` };
    }
  }

  PG.cnnNames = (room) => new Names(room);
})();
