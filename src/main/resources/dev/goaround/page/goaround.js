// Keeps the status page up to date with the changes that the management port sends once a second. Whatever it is told is put into the
// page as text, never as markup.

const endpoint = document.body.dataset.endpoint;
const buttons = document.body.dataset.buttons === 'true';
const $ = id => document.getElementById(id);
const SVG = 'http://www.w3.org/2000/svg';
const MARKS = {healthy: '✓', degraded: '✗', draining: '⇣', disabled: '⏸'};

const NOTHING = '–';

let page = null;
let sort = {key: null, down: false};
let token = '';
const rows = new Map();

function node(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const number = value => value < 10 ? value.toFixed(1) : String(Math.round(value));
const millis = value => number(value) + ' ms';
function percent(share) {
  const value = share * 100;
  return (value < 10 ? Math.round(value * 10) / 10 : Math.round(value)) + ' %';
}

function ago(instant, now) {
  const seconds = Math.max(0, Math.round((now - Date.parse(instant)) / 1000));
  if (seconds < 60) return seconds + ' s';
  if (seconds < 3600) return Math.floor(seconds / 60) + ' min';
  if (seconds < 172800) return Math.floor(seconds / 3600) + ' h';
  return Math.floor(seconds / 86400) + ' days';
}

function timeNode(instant) {
  const time = node('time', new Date(instant).toLocaleTimeString());
  time.dateTime = instant;
  time.title = instant;
  return time;
}

// The table

const COLUMNS = {
  id: {label: 'Backend', of: row => row.id},
  state: {label: 'State', of: row => row.state},
  since: {label: 'Since', of: row => row.since},
  cause: {label: 'Cause', of: row => row.cause},
  share: {label: 'Traffic', of: row => row.traffic ? row.traffic.share : -1},
  inFlight: {label: 'In flight', of: row => row.inFlight},
  errorShare: {label: 'Failed', of: row => asked(row.traffic) ? row.traffic.errorShare : -1},
  p95: {label: 'p95', of: row => asked(row.traffic) ? row.traffic.p95Millis : -1},
  probe: {label: 'Last probe', of: row => row.lastProbe ? row.lastProbe.at : ''},
  reused: {label: 'Reused', of: row => row.traffic ? row.traffic.connectionsReused : -1},
};

function prepareTable() {
  for (const head of document.querySelectorAll('#backends thead th')) {
    const key = head.dataset.key;
    const button = node('button', head.textContent);
    button.type = 'button';
    button.addEventListener('click', () => {
      sort = {key, down: sort.key === key && !sort.down};
      drawBackends();
    });
    head.replaceChildren(button);
  }
  if (buttons) {
    const head = node('th', 'Actions');
    head.scope = 'col';
    document.querySelector('#backends thead tr').append(head);
  }
  document.querySelector('#backends tbody').replaceChildren();
  $('filter-label').hidden = false;
  $('filter').addEventListener('input', drawBackends);
}

function madeRow(id) {
  const row = node('tr');
  row.dataset.id = id;
  const head = node('th');
  head.scope = 'row';
  const name = node('span', id);
  const small = node('small', '');
  head.append(name, small);
  row.append(head);
  const cells = {small};
  for (const [key, column] of Object.entries(COLUMNS)) {
    if (key === 'id') continue;
    const cell = node('td', '', ['share', 'inFlight', 'errorShare', 'p95', 'reused'].includes(key) ? 'number' : key);
    cell.dataset.label = column.label;
    row.append(cell);
    cells[key] = cell;
  }
  const text = node('span', '');
  const spark = document.createElementNS(SVG, 'svg');
  spark.setAttribute('class', 'spark');
  spark.setAttribute('viewBox', '0 0 100 20');
  spark.setAttribute('preserveAspectRatio', 'none');
  spark.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'polyline');
  spark.append(line);
  cells.p95.append(spark, ' ', text);
  cells.p95text = text;
  cells.spark = line;
  cells.state.className = 'state';
  const actions = node('td', undefined, 'actions');
  cells.buttons = {};
  for (const [state, label] of [['draining', 'Drain'], ['disabled', 'Disable'], ['ready', 'Ready'], ['weight', 'Weight']]) {
    const button = node('button', label);
    button.type = 'button';
    button.setAttribute('aria-label', label + ' ' + id);
    button.addEventListener('click', () => ask(id, state));
    actions.append(button);
    cells.buttons[state] = button;
  }
  if (buttons) row.append(actions);
  return {row, cells};
}

function fillRow({cells}, backend, now) {
  const traffic = backend.traffic;
  setText(cells.small, [backend.version, backend.backup ? 'backup' : '', backend.weight === 1 ? '' : 'weight ' + backend.weight]
    .filter(Boolean).join(', '));
  cells.state.className = 'state ' + (MARKS[backend.state] ? backend.state : '');
  setText(cells.state, (MARKS[backend.state] ?? '') + ' ' + backend.state
    + (backend.slowStart ? ', starting at ' + percent(backend.slowStart) : ''));
  setText(cells.since, ago(backend.since, now));
  cells.since.title = backend.since;
  setText(cells.cause, backend.cause);
  setText(cells.share, traffic ? percent(traffic.share) : '');
  setText(cells.inFlight, backend.inFlight + ' of ' + backend.limit
    + (traffic?.waitingForConnection ? `, ${traffic.waitingForConnection} waiting for a connection` : ''));
  setText(cells.errorShare, asked(traffic) ? percent(traffic.errorShare) : NOTHING);
  setText(cells.p95text, asked(traffic) ? millis(traffic.p95Millis) : NOTHING);
  drawSpark(cells.spark, traffic ? traffic.p95History ?? [] : []);
  setText(cells.probe, backend.lastProbe ? backend.lastProbe.detail ?? '' : 'none yet');
  setText(cells.reused, traffic ? percent(traffic.connectionsReused) : '');
  const kept = backend.state === 'draining' || backend.state === 'disabled';
  cells.buttons.ready.disabled = !kept;
  cells.buttons.draining.disabled = backend.state === 'draining';
  cells.buttons.disabled.disabled = backend.state === 'disabled';
}

// Of no requests there is no share that failed, and no time that they took.
function asked(traffic) {
  return Boolean(traffic?.requestsPerSecond);
}

function drawSpark(line, values) {
  const most = Math.max(...values, 0.1);
  const points = values.map((value, i) =>
    (values.length === 1 ? 100 : i * 100 / (values.length - 1)).toFixed(1) + ',' + (19 - value / most * 18).toFixed(1)).join(' ');
  if (line.getAttribute('points') !== points) line.setAttribute('points', points);
}

function drawBackends() {
  if (!page) return;
  const now = Date.now();
  const wanted = $('filter').value.trim().toLowerCase();
  let shown = page.status.backends.map(backend => ({...backend, traffic: page.overview.backends[backend.id]}));
  const there = new Set(shown.map(backend => backend.id));
  for (const id of rows.keys()) {
    if (!there.has(id)) {
      rows.get(id).row.remove();
      rows.delete(id);
    }
  }
  if (wanted) {
    shown = shown.filter(backend =>
      [backend.id, backend.state, backend.cause, backend.version ?? ''].some(text => text.toLowerCase().includes(wanted)));
  }
  if (sort.key) {
    const of = COLUMNS[sort.key].of;
    shown.sort((a, b) => (of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : 0) * (sort.down ? -1 : 1));
  }
  for (const head of document.querySelectorAll('#backends thead th[data-key]')) {
    if (head.dataset.key === sort.key) {
      head.setAttribute('aria-sort', sort.down ? 'descending' : 'ascending');
    } else {
      head.removeAttribute('aria-sort');
    }
  }
  const body = document.querySelector('#backends tbody');
  const order = shown.map(backend => {
    if (!rows.has(backend.id)) rows.set(backend.id, madeRow(backend.id));
    const made = rows.get(backend.id);
    fillRow(made, backend, now);
    return made.row;
  });
  // Rows are moved only when the order changes, so that the focus stays where it is.
  if (order.length !== body.children.length || order.some((row, i) => body.children[i] !== row)) {
    body.replaceChildren(...order);
  }
  $('none-left').hidden = shown.length > 0 || page.status.backends.length === 0;
}

// The rest of the page

function drawOverview(overview) {
  $('verdict').className = 'verdict ' + (['good', 'warning', 'bad'].includes(overview.verdict.level) ? overview.verdict.level : '');
  setText($('verdict-words'), overview.verdict.words);
  document.title = (overview.verdict.level === 'good' ? '' : '(!) ') + 'GoAround';
  setText($('rps'), number(overview.minute.requestsPerSecond));
  setText($('errors'), percent(overview.minute.errorShare));
  setText($('p50'), millis(overview.minute.p50Millis));
  setText($('p95'), millis(overview.minute.p95Millis));
  setText($('p99'), millis(overview.minute.p99Millis));
  setText($('queued'), String(overview.queued));
  drawChart(overview.history);
}

function drawChart(history) {
  $('chart').hidden = history.length < 2;
  const most = Math.max(...history.map(slot => slot.requestsPerSecond), 1);
  let requests = '';
  let errors = '';
  history.forEach((slot, i) => {
    const x = 900 - (history.length - i) * 10;
    const height = slot.requestsPerSecond / most * 115;
    requests += `M${x} 120h9v-${height.toFixed(1)}h-9z`;
    if (slot.errorShare > 0) errors += `M${x} 120h9v-${Math.max(2, height * slot.errorShare).toFixed(1)}h-9z`;
  });
  $('chart-requests').setAttribute('d', requests);
  $('chart-errors').setAttribute('d', errors);
  setText($('chart-most'), number(most));
  const last = history.at(-1);
  if (last) {
    const worst = Math.max(...history.map(slot => slot.errorShare));
    setText($('chart-title'), `Requests per second in the last quarter of an hour: ${number(last.requestsPerSecond)} now, ${number(most)} at most; `
      + `${percent(worst)} of them failed at worst`);
  }
}

function drawLeaving(leaving) {
  $('leaving').hidden = leaving.length === 0;
  const lines = leaving.map(backend => `${backend.id}: ${backend.inFlight} in flight`);
  redraw($('leaving-list'), lines, () => lines.map(line => node('li', line)));
}

const EVENTS = {
  joined: event => `${event.backend} joined, ${event.to}`,
  left: event => `${event.backend} left`,
  health: event => `${event.backend} was ${event.from}, is ${event.to}`,
  state: event => `${event.backend} was ${event.from}, is ${event.to} by an operator`,
  weight: event => `weight of ${event.backend}: ${event.from} before, ${event.to} now`,
  limit: event => `limit of ${event.backend}: ${event.from} before, ${event.to} now`,
};

function wordsOf(event) {
  const words = EVENTS[event.type] ? EVENTS[event.type](event) : `${event.backend}: ${event.type}`;
  return event.cause ? `${words}: ${event.cause}` : words;
}

function drawEvents(events) {
  $('events').hidden = events.length === 0;
  redraw($('events-list'), events, () => events.map(event => {
    const item = node('li');
    item.append(timeNode(event.at), wordsOf(event));
    return item;
  }));
}

function drawFailures(requests) {
  $('failures').hidden = requests.length === 0;
  redraw($('failures-list'), requests, () => requests.map(request => {
    const details = node('details');
    const summary = node('summary');
    summary.append(timeNode(request.at), `${request.method} ${request.path}: ${request.status || 'no answer'}, ${request.outcome}`
      + (request.attempts.length > 1 ? ` after ${request.attempts.length} attempts` : ''));
    const attempts = node('ol');
    for (const attempt of request.attempts) {
      attempts.append(node('li', `${attempt.backend}, ${attempt.connection} connection, phase ${attempt.phase}, ${millis(attempt.tookMillis)}: ${attempt.result}`));
    }
    details.append(summary, attempts);
    if (request.passedOver) {
      const passedOver = node('ul');
      for (const other of request.passedOver) passedOver.append(node('li', `${other.backend} was passed over: ${other.reason}`));
      details.append(passedOver);
    }
    if (request.id) details.append(node('p', 'Request ' + request.id, 'quiet'));
    return details;
  }));
}

// Draws a list again only if it has changed: what is open or selected in it stays so.
function redraw(element, content, draw) {
  const drawn = JSON.stringify(content);
  if (element.drawn !== drawn) {
    element.drawn = drawn;
    element.replaceChildren(...draw());
  }
}

function draw(json) {
  page = json;
  setText($('version'), page.status.version);
  drawOverview(page.overview);
  drawBackends();
  drawLeaving(page.status.leaving ?? []);
  drawEvents((page.events?.events ?? []).slice(-20).reverse());
  drawFailures((page.failures?.requests ?? []).slice(0, 20));
  if (!performance.getEntriesByName('drawn').length) performance.mark('drawn');
}

// Changes

const QUESTIONS = {
  draining: ['Drain', 'It finishes what it has and keeps the clients that stay with it, but gets nothing else.'],
  disabled: ['Disable', 'It gets no requests at all until it is made ready again.'],
  ready: ['Make ready', 'It gets requests as soon as it is healthy.'],
  weight: ['Change the weight of', 'Its share of the traffic, relative to the other backends.'],
};

let question = null;

async function send(dryRun) {
  const body = question.what === 'weight' ? {weight: Number($('weight').value)} : {state: question.what};
  const headers = {'Content-Type': 'application/json'};
  if (token) headers.Authorization = 'Bearer ' + token;
  const url = `${endpoint}/${encodeURIComponent(question.id)}${dryRun ? '?dry-run=true' : ''}`;
  const response = await fetch(url, {method: 'POST', headers, body: JSON.stringify(body)});
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    const refused = new Error(answer.mistakes?.join(' ') ?? answer.detail ?? `The answer was ${response.status}.`);
    refused.status = response.status;
    throw refused;
  }
  return answer;
}

async function preview() {
  $('confirm-error').textContent = '';
  $('confirm-yes').disabled = true;
  try {
    const answer = await send(true);
    const lines = answer.changes ?? [];
    $('confirm-lines').replaceChildren(...(lines.length ? lines : ['Nothing would change.']).map(line => node('li', line)));
    $('confirm-yes').disabled = lines.length === 0;
  } catch (refused) {
    $('confirm-lines').replaceChildren();
    $('confirm-error').textContent = refused.message;
    if (refused.status === 401) $('confirm-token').hidden = false;
  }
}

function ask(id, what) {
  question = {id, what};
  const [verb, lead] = QUESTIONS[what];
  setText($('confirm-heading'), `${verb} ${id}?`);
  setText($('confirm-lead'), lead);
  $('confirm-weight').hidden = what !== 'weight';
  $('weight').value = page.status.backends.find(backend => backend.id === id)?.weight ?? 1;
  $('confirm').showModal();
  preview();
}

function prepareDialog() {
  $('confirm-no').addEventListener('click', () => $('confirm').close());
  $('weight').addEventListener('change', preview);
  $('token').addEventListener('change', () => {
    token = $('token').value;
    preview();
  });
  $('confirm-yes').addEventListener('click', async () => {
    $('confirm-yes').disabled = true;
    try {
      const answer = await send(false);
      $('confirm').close();
      setText($('connection'), `Done: ${(answer.changes ?? []).join('; ')}`);
    } catch (refused) {
      $('confirm-error').textContent = refused.message;
    }
  });
}

// The stream

// A difference is a merge patch (RFC 7396); a list has one of its own kind, by the index of what changed or by what it keeps.
function applied(old, delta) {
  const patch = delta !== null && typeof delta === 'object' && !Array.isArray(delta);
  if (!patch || old === null || typeof old !== 'object') return delta;
  if (Array.isArray(old)) {
    if (!delta.changed) {
      return [...delta.before ?? [], ...old.slice(delta.from, delta.from + delta.count), ...delta.after ?? []];
    }
    const list = [...old];
    for (const [index, change] of Object.entries(delta.changed)) list[index] = applied(old[index], change);
    return list;
  }
  const now = {...old};
  for (const [name, change] of Object.entries(delta)) {
    if (change === null) delete now[name];
    else now[name] = applied(old[name], change);
  }
  return now;
}

function listen() {
  const events = new EventSource(`${endpoint}/live`);
  const show = json => {
    if ($('connection').dataset.lost) {
      delete $('connection').dataset.lost;
      setText($('connection'), '');
    }
    draw(json);
  };
  events.onmessage = message => show(JSON.parse(message.data));
  events.addEventListener('change', message => show(applied(page, JSON.parse(message.data))));
  events.onerror = () => {
    $('connection').dataset.lost = 'true';
    setText($('connection'), 'No connection to GoAround: what is shown may be old. Trying again.');
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
  };
}

prepareTable();
prepareDialog();
listen();
