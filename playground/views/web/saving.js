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
  const cell = (value) => (/[",\n\r]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : value);
  PG.csv = (rows) => rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
  PG.json = (value) => JSON.stringify(value, null, 1);
})();
