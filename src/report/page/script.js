// Arrow keys walk through the rows, Enter keeps a row's details open, Escape closes them all; a row shows what it waited for.
const rows = [...document.querySelectorAll('.row[tabindex]')];
const mark = row => {
  document.querySelectorAll('.needed').forEach(other => other.classList.remove('needed'));
  (row.dataset.needs || '').split(' ').filter(Boolean)
    .forEach(id => document.getElementById(id)?.classList.add('needed'));
};
rows.forEach((row, at) => {
  row.addEventListener('focus', () => mark(row));
  row.addEventListener('mouseenter', () => mark(row));
  row.addEventListener('keydown', event => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      rows[Math.max(0, Math.min(rows.length - 1, to))].focus();
    } else if (event.key === 'Enter') {
      row.classList.toggle('open');
    } else if (event.key === 'Escape') {
      rows.forEach(other => other.classList.remove('open'));
      row.blur();
    }
  });
});
