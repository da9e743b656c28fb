// SPDX-License-Identifier: Apache-2.0
// The pages work without this script; it adds live parts, copying, the width of a mail and the key "/" for the search.
'use strict';

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// Another part of the page is in use: it is not replaced under the pointer of its reader.
const isInUse = (part) => part.contains(document.activeElement) && document.activeElement !== document.body
  || part.querySelector('details[open], :checked') !== null
  || String(document.getSelection()).length > 0;

// Reads the page again, and puts its live parts in the place of those shown.
let reading = false;
let waiting;
async function refresh(event) {
  if (document.hidden) return;
  if (reading) {
    waiting = event ?? {};
    return;
  }
  reading = true;
  try {
    const headers = event?.data ? { 'X-Console-Event': event.data } : {};
    const answer = await fetch(location.href, { headers, credentials: 'same-origin', redirect: 'manual' });
    if (answer.type === 'opaqueredirect') document.dispatchEvent(new Event('signedout'));
    else if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), 'text/html'));
  } catch {
    // The stream says when the gateway is reached again.
  } finally {
    reading = false;
  }
  const next = waiting;
  waiting = undefined;
  if (next) refresh(next);
}

function show(page) {
  for (const part of all('[data-live]')) {
    const next = page.querySelector(`[data-live="${part.dataset.live}"]`);
    if (next && next.innerHTML !== part.innerHTML && !isInUse(part)) part.replaceChildren(...next.childNodes);
  }
}

function live() {
  const mark = document.querySelector('[data-stream]');
  if (!mark || !document.querySelector('[data-live]')) return;
  const say = (isOn) => {
    mark.hidden = false;
    mark.classList.toggle('off', !isOn);
    mark.textContent = isOn ? 'live' : 'not connected';
  };
  let stream;
  const open = () => {
    stream = new EventSource('/console/live');
    stream.addEventListener('open', () => {
      say(true);
      // What happened in between has had no event.
      refresh();
    });
    stream.addEventListener('error', () => say(false));
    stream.addEventListener('change', refresh);
  };
  // The session is over; a new visit leads to the form for signing in.
  document.addEventListener('signedout', () => {
    stream?.close();
    say(false);
    mark.textContent = 'signed out';
  });
  // A page that is not seen holds no connection.
  document.addEventListener('visibilitychange', () => {
    stream?.close();
    stream = undefined;
    if (!document.hidden) open();
  });
  addEventListener('pagehide', () => stream?.close());
  if (!document.hidden) open();
}

function copying() {
  for (const button of all('[data-copy]')) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = 'Copied';
    });
  }
}

function widths() {
  for (const choice of all('[data-width]')) {
    choice.hidden = false;
    choice.addEventListener('change', (event) => {
      choice.closest('.mail').classList.toggle('phone', event.target.value === 'phone');
    });
  }
}

addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof Element && event.target.closest('input, select, textarea');
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
  const field = all('main [type=search]').concat(all('[data-find]')).find((each) => each.checkVisibility());
  if (!field) return;
  event.preventDefault();
  field.focus();
});

live();
copying();
widths();
