// Downloads: text, tables, numpy archives, and pictures that look outside the page as they look inside.
(() => {
  const { el, svg } = PG;

  PG.save = (name, content, type = 'text/plain;charset=utf-8') => {
    const blob = content instanceof Blob ? content : new Blob([content], { type });
    const link = el('a', { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  PG.copy = async (text) => {
    try { await navigator.clipboard.writeText(text); } catch {  // no permission, or not a secure page
      const area = el('textarea', { class: 'sr' });
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
  };

  // ---- tables; a cell that a spreadsheet would run as a formula is kept as text
  const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const cell = (value) => (typeof value === 'number' ? String(value) : quoted(/^[=+\-@\t]/.test(value) && isNaN(value) ? `'${value}` : String(value ?? '')));
  PG.csv = (rows) => rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
  PG.json = (value) => JSON.stringify(value, null, 1);

  // ---- numpy: an .npz is a zip of .npy files, here stored without compression
  const DTYPES = { Float32Array: '<f4', Float64Array: '<f8', Uint8Array: '|u1', Int8Array: '|i1', Uint16Array: '<u2', Int32Array: '<i4', Uint32Array: '<u4' };
  const ascii = (text) => new TextEncoder().encode(text);
  const join = (parts) => {
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => { all.set(part, at); return at + part.length; }, 0);
    return all;
  };
  const npy = ({ data, shape }) => {
    const dtype = DTYPES[data.constructor.name], sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
    if (!dtype || shape.reduce((a, b) => a * b, 1) !== data.length) throw new Error(`no array of ${data.length} with shape ${shape}`);
    const about = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${sizes}), }`, padded = about.padEnd(Math.ceil((about.length + 11) / 64) * 64 - 11) + '\n';
    const head = new Uint8Array([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8]);
    return join([head, ascii(padded), new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
  };
  const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    return c;
  });
  const crc32 = (bytes) => {
    let c = ~0;
    for (const byte of bytes) c = CRC[(c ^ byte) & 255] ^ (c >>> 8);
    return ~c >>> 0;
  };
  const numbers = (...pairs) => {  // little-endian [value, bytes] pairs
    const view = new DataView(new ArrayBuffer(pairs.reduce((sum, [, n]) => sum + n, 0)));
    pairs.reduce((at, [value, n]) => { if (n === 2) view.setUint16(at, value, true); else view.setUint32(at, value, true); return at + n; }, 0);
    return new Uint8Array(view.buffer);
  };
  const entry = (name, bytes) => [[20, 2], [0x800, 2], [0, 2], [0, 2], [0x21, 2], [crc32(bytes), 4], [bytes.length, 4], [bytes.length, 4], [ascii(name).length, 2], [0, 2]];
  const zip = (files) => {
    const locals = [], index = [];
    let at = 0;
    for (const [name, bytes] of files) {
      const local = join([numbers([0x04034b50, 4], ...entry(name, bytes)), ascii(name), bytes]);
      index.push(join([numbers([0x02014b50, 4], [20, 2], ...entry(name, bytes), [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]), ascii(name)]));
      locals.push(local);
      at += local.length;
    }
    const size = index.reduce((sum, part) => sum + part.length, 0), n = files.length;
    const end = numbers([0x06054b50, 4], [0, 2], [0, 2], [n, 2], [n, 2], [size, 4], [at, 4], [0, 2]);
    return new Blob([...locals, ...index, end], { type: 'application/zip' });
  };
  PG.npz = (arrays) => zip(Object.entries(arrays).map(([name, array]) => [`${name}.npy`, npy(array)]));

  // ---- pictures: what an element shows, as one self-contained SVG on the card's colour
  const KEPT = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linecap', 'stroke-linejoin', 'opacity', 'fill-opacity',
    'stroke-opacity', 'font-family', 'font-size', 'font-weight', 'font-style', 'text-anchor', 'dominant-baseline', 'letter-spacing', 'paint-order'];
  const shown = (e) => { const css = getComputedStyle(e); return css.visibility !== 'hidden' && css.display !== 'none' && Number(css.opacity) > 0; };
  const clear = (colour) => colour === 'transparent' || /^rgba\(.*, 0\)$/.test(colour);

  const copySvg = (source, left, top) => {
    const copy = source.cloneNode(true), box = source.getBoundingClientRect();
    const from = [source, ...source.querySelectorAll('*')], to = [copy, ...copy.querySelectorAll('*')];
    from.forEach((e, i) => {
      const css = getComputedStyle(e);
      KEPT.forEach((name) => to[i].style.setProperty(name, css.getPropertyValue(name)));
      if (css.display === 'none') to[i].style.display = 'none';
      to[i].removeAttribute('class');
    });
    copy.setAttribute('x', box.left - left);
    copy.setAttribute('y', box.top - top);
    copy.setAttribute('width', box.width);
    copy.setAttribute('height', box.height);
    copy.style.overflow = getComputedStyle(source).overflow;
    return copy;
  };
  const copyCanvas = (source, left, top) => {
    const box = source.getBoundingClientRect();
    return svg('image', { x: box.left - left, y: box.top - top, width: box.width, height: box.height, href: source.toDataURL('image/png') });
  };
  const copyBox = (e, css, left, top) => {
    const box = e.getBoundingClientRect(), line = parseFloat(css.borderTopWidth), bare = clear(css.backgroundColor);
    if (!box.width || !box.height || (bare && !line)) return null;
    if (bare && !parseFloat(css.borderBottomWidth)) {
      const y = box.top - top + line / 2;
      return svg('line', { x1: box.left - left, x2: box.right - left, y1: y, y2: y, stroke: css.borderTopColor, 'stroke-width': line });
    }
    return svg('rect', {
      x: box.left - left + line / 2, y: box.top - top + line / 2, width: box.width - line, height: box.height - line, rx: parseFloat(css.borderRadius) || null,
      fill: bare ? 'none' : css.backgroundColor, stroke: line ? css.borderTopColor : null, 'stroke-width': line || null,
    });
  };
  const copyText = (node, left, top) => {
    const range = document.createRange(), css = getComputedStyle(node.parentElement), lines = [];
    let at = 0;
    for (const char of node.data) {  // a line ends where the next character stands lower
      range.setStart(node, at);
      range.setEnd(node, at += char.length);
      const box = range.getBoundingClientRect(), line = lines.at(-1);
      if (line && Math.abs(line.box.top - box.top) < 2) Object.assign(line, { text: line.text + char, right: box.right });
      else if (box.width) lines.push({ box, text: char, right: box.right });
    }
    // As wide as on the page, whatever font the reader's program has instead of ours.
    return lines.map(({ box, text, right }) => svg('text', {
      x: box.left - left, y: box.top - top + box.height * .78, 'xml:space': 'preserve', text,
      textLength: right - box.left, lengthAdjust: 'spacingAndGlyphs',
      style: { fill: css.color, 'font-family': css.fontFamily, 'font-size': css.fontSize, 'font-weight': css.fontWeight },
    }));
  };
  const CONTROLS = '.tools, .attn-controls, .controls, .sort, .btn, iframe';  // of use on the page alone
  const copies = (node, left, top) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data.trim() ? copyText(node, left, top) : [];
    if (node.nodeType !== Node.ELEMENT_NODE || node.hidden || !shown(node) || node.matches(CONTROLS)) return [];
    if (node instanceof SVGSVGElement) return [copySvg(node, left, top)];
    if (node instanceof HTMLCanvasElement) return [copyCanvas(node, left, top)];
    return [copyBox(node, getComputedStyle(node), left, top), ...[...node.childNodes].flatMap((kid) => copies(kid, left, top))];
  };
  const EDGE = 16;
  const drawing = (element) => {
    const box = element.getBoundingClientRect(), left = box.left - EDGE, top = box.top - EDGE;
    const width = Math.ceil(Math.max(box.width, element.scrollWidth || 0)) + 2 * EDGE;
    const height = Math.ceil(Math.max(box.height, element.scrollHeight || 0)) + 2 * EDGE;
    const root = svg('svg', { width, height, viewBox: `0 0 ${width} ${height}` },
      svg('rect', { width, height, fill: PG.token('--c-card') }), copies(element, left, top));
    return { text: new XMLSerializer().serializeToString(root), width, height };
  };
  PG.svgFile = async (name, element) => PG.save(name, drawing(element).text, 'image/svg+xml');
  PG.pngFile = async (name, element, scale = 2) => {
    const { text, width, height } = drawing(element), picture = new Image();
    picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await picture.decode();
    const canvas = el('canvas', { width: width * scale, height: height * scale });
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    PG.save(name, await new Promise((done) => { canvas.toBlob(done, 'image/png'); }));
  };
})();
