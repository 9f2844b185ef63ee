'use strict';
// Loaded before the hook's program: makes it break, or its clock wrong, as MREG_BREAK says.

const how = process.argv[2] === 'hook' && require('node:worker_threads').isMainThread ? process.env.MREG_BREAK : '';
const processes = require('node:child_process');
const { spawn } = processes;

if (how === 'crashes') processes.spawn = () => process.abort();
if (how === 'throws') processes.spawn = () => void process.nextTick(() => undefined());
if (how === 'never settles') Object.assign(require('node:fs').promises, { readFile: () => new Promise(() => {}) });
if (how === 'hangs') {
  processes.spawn = (...words) => {
    // Once its deadline is set: reading objects comes later than reading the configuration.
    while (words[1].includes('cat-file'));
    return spawn(...words);
  };
}
if (/^\d+$/.test(how ?? '')) {
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...args) {
      super(...(args.length === 0 ? [RealDate.now() + Number(how)] : args));
    }

    static now() {
      return RealDate.now() + Number(how);
    }
  };
}
