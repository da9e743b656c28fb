#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// A plugin for Posthaste that posts each message as JSON to an address, such as a chat or a small service of your own.
// settings: { url: "http://127.0.0.1:9000/mail", token: "…", dry_run: false }
import { createInterface } from 'node:readline';

let settings = {};

// Standard output belongs to the protocol: one JSON object a line. Write notes to standard error, which goes to the log.
const say = (answer) => process.stdout.write(JSON.stringify(answer) + '\n');
const failed = (kind, detail, more = {}) => ({ failed: { kind, detail, ...more } });

async function call(method, body) {
  return fetch(settings.url, {
    method,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${settings.token ?? ''}` },
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(20_000), // Below the gateway's own limit of 30 s, so that this plugin is not ended.
  });
}

// What another status than 2xx means. A message that may have been taken is `uncertain`, never `transient`.
function judge(status) {
  const code = `http.${status}`;
  const detail = `the service answered ${status}`;
  if (status === 401 || status === 403) return failed('authentication', detail, { code, remedy: 'correct `token`' });
  if (status === 429) return failed('rate_limited', detail, { code, retry_after: 30 });
  if ([400, 413, 422].includes(status)) return failed('rejected', detail, { code, scope: 'message' });
  if ([408, 425, 503].includes(status)) return failed('transient', detail, { code });
  if (status === 404 || status < 400) return failed('misconfigured', detail, { code, remedy: 'correct `url`' });
  return failed('uncertain', detail, { code });
}

async function send(message) {
  if (settings.dry_run) return { accepted: { id: message.id } };
  const { raw, ...rest } = message; // This service has no use for the MIME form.
  const response = await call('POST', JSON.stringify(rest));
  if (!response.ok) return judge(response.status);
  const answer = await response.json().catch(() => ({}));
  return typeof answer.id === 'string' ? { accepted: { id: answer.id } } : failed('uncertain', 'the service gave no id');
}

async function probe() {
  if (settings.dry_run) return { ok: {} };
  const response = await call('HEAD');
  return response.ok ? { ok: {} } : judge(response.status);
}

// fetch may throw before a connection exists, or later. Only in the first case is it certain that nothing was handed over.
function broken(error) {
  const code = error.cause?.code ?? error.name;
  const early = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'].includes(code);
  return failed(early ? 'transient' : 'uncertain', `the call failed: ${code}`, { code: `fetch.${code}` });
}

// Calls run in parallel, and the plugin answers each when it is done.
function answer(number, work) {
  work.catch(broken).then((outcome) => say({ call: number, ...outcome }));
}

createInterface({ input: process.stdin, crlfDelay: Infinity }).on('line', (line) => {
  const request = JSON.parse(line);
  if (request.hello) {
    settings = request.hello.settings;
    say({ hello: { protocol: 1, capabilities: ['attachments', 'inline_images', 'custom_headers', 'several_reply_to', 'copies'], concurrency: 16 } });
  } else if (request.send) {
    answer(request.send.call, send(request.send.message));
  } else if (request.probe) {
    answer(request.probe.call, probe());
  }
});
