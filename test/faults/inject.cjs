'use strict';
// Loaded before mreg in a process of its own: makes the n-th operation on files or git fail, or kills the process there.
// MREG_FAULT says what: {below, as, kind, at, log}. Only paths below `below` count, and every start of a program.

const { isMainThread } = require('node:worker_threads');

/** One full disk, one read-only file system: what cannot be written now cannot be written a moment later. */
const LASTING = new Set(['ENOSPC', 'EROFS']);
/** What git, which speaks English here, says of them. */
const SAID = { ENOSPC: 'No space left on device', EROFS: 'Read-only file system' };
const WRITING =
  /^(?:appendFile|chmod|chown|copyFile|cp|create|ftruncate|futimes|fsync|link|mkdir|mkdtemp|rename|symlink|sync|datasync|truncate|utimes|write|writeFile|writev)(?:Sync)?$/;
const OPENING = /^(?:open|opendir)(?:Sync)?$/;
/** More files than the limit that tests set for a process under injection. */
const MOST_FILES = 5000;

const plan = isMainThread && process.env.MREG_FAULT ? JSON.parse(process.env.MREG_FAULT) : undefined;
const isHook = process.argv[2] === 'hook';

if (plan !== undefined && isHook === (plan.as === 'hook')) {
  // The programs that this one starts run as they are.
  delete process.env.MREG_FAULT;
  inject(plan);
}

function inject({ below, kind, at, log }) {
  const fs = require('node:fs');
  const processes = require('node:child_process');
  const real = { ...fs, spawn: processes.spawn };
  const ours = new WeakSet();
  const numbers = new Set();
  let count = 0;
  let isNoting = false;

  /** Counts an operation and returns how it shall fail, or undefined where it shall not. */
  function struck(name, detail, isWriting) {
    count += 1;
    if (kind === 'count') note(`${count} ${name} ${detail}\n`);
    const isNow = count === at || (count > at && LASTING.has(kind) && isWriting && name !== 'spawn');
    if (!isNow || kind === 'count') return undefined;
    if (count === at) note(`${count} ${name} ${detail}\n`);
    if (kind === 'die') end();
    return kind;
  }

  /** Node's own functions call each other by the names that are replaced here. */
  function note(line) {
    isNoting = true;
    real.appendFileSync(log, line);
    isNoting = false;
  }

  function end() {
    process.kill(process.pid, 'SIGKILL');
  }

  function failure(code, name, path) {
    return Object.assign(new Error(`${code}: injected, ${name} '${path}'`), { code, errno: -1, syscall: name, path });
  }

  function isBelow(path) {
    if (isNoting) return false;
    const text = typeof path === 'string' ? path : path instanceof URL || Buffer.isBuffer(path) ? String(path) : '';
    return text.includes(below);
  }

  /** A write that fails, or that is cut off by the end of the process, has written the first half. */
  function half(bytes) {
    if (Array.isArray(bytes)) return bytes.slice(0, Math.ceil(bytes.length / 2));
    return bytes.slice(0, Math.floor(bytes.length / 2));
  }

  function isWritingCall(name, args) {
    if (!OPENING.test(name)) return WRITING.test(name);
    const { O_CREAT, O_RDWR, O_WRONLY } = fs.constants;
    return typeof args[1] === 'number' ? (args[1] & (O_CREAT | O_RDWR | O_WRONLY)) > 0 : /[wa+]/.test(args[1] ?? 'r');
  }

  const writesBytes = /^(?:writeFile|write|writev)$/;

  for (const [name, original] of Object.entries(fs.promises)) {
    if (typeof original !== 'function') continue;
    fs.promises[name] = async function (...args) {
      if (!isBelow(args[0])) return original.apply(this, args);
      const how = struck(name, args[0], isWritingCall(name, args));
      if (how === undefined) return opened(await original.apply(this, args));
      if (writesBytes.test(name)) await original.call(this, args[0], half(args[1]), args[2]).catch(() => undefined);
      if (how === 'torn') end();
      throw failure(how, name, args[0]);
    };
  }

  let isPatched = false;
  function opened(result) {
    if (typeof result?.fd !== 'number' || typeof result.sync !== 'function') return result;
    ours.add(result);
    if (!isPatched) patchHandles(Object.getPrototypeOf(result));
    isPatched = true;
    return result;
  }

  function patchHandles(prototype) {
    for (const name of [
      'chmod',
      'close',
      'datasync',
      'read',
      'readFile',
      'stat',
      'sync',
      'truncate',
      'write',
      'writeFile',
      'writev',
    ]) {
      const original = prototype[name];
      prototype[name] = async function (...args) {
        if (!ours.has(this)) return original.apply(this, args);
        const how = struck(`handle.${name}`, this.fd, WRITING.test(name));
        if (how === undefined) return original.apply(this, args);
        if (writesBytes.test(name)) await original.call(this, half(args[0])).catch(() => undefined);
        if (how === 'torn') end();
        // Even a close that fails has closed.
        if (name === 'close') await original.apply(this, args);
        throw failure(how, name, '');
      };
    }
  }

  for (const [name, original] of Object.entries(fs)) {
    if (typeof original !== 'function' || /^[A-Z_]/.test(name) || name.startsWith('watch')) continue;
    if (name.endsWith('Sync')) fs[name] = syncVersion(name, original);
    else if (/^(?:open|read|write|writev|close)$/.test(name)) fs[name] = callbackVersion(name, original);
  }

  function syncVersion(name, original) {
    return Object.assign(function (...args) {
      if (!isBelow(args[0])) return original.apply(this, args);
      const how = struck(name, args[0], isWritingCall(name, args));
      if (how === undefined) return original.apply(this, args);
      if (how === 'torn') end();
      if (name === 'existsSync') return false;
      throw failure(how, name, args[0]);
    }, original);
  }

  function callbackVersion(name, original) {
    return Object.assign(function (...args) {
      const back = args.at(-1);
      if (typeof back !== 'function' || !(isBelow(args[0]) || numbers.has(args[0]))) return original.apply(this, args);
      const how = struck(`callback.${name}`, args[0], isWritingCall(name, args));
      if (how === 'torn') end();
      if (how !== undefined) return void process.nextTick(back, failure(how, name, args[0]));
      if (name === 'open') {
        args[args.length - 1] = (error, fd) => {
          if (!error) numbers.add(fd);
          back(error, fd);
        };
      }
      if (name === 'close') numbers.delete(args[0]);
      return original.apply(this, args);
    }, original);
  }

  processes.spawn = function (program, args, options) {
    const verb = args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '-c');
    const how = struck('spawn', `${program} ${verb}`, false);
    const start = (...words) => real.spawn.call(this, ...words);
    if (how === undefined) return start(program, args, options);
    if (how === 'EMFILE') return withoutFiles(() => start(program, args, options));
    if (how === 'torn') return start(program, args, options).once('exit', end);
    // Git is killed, or tells that the disk did not let it.
    const script = how === 'EIO' ? 'kill -9 $$' : `echo 'fatal: unable to write: ${SAID[how]}' >&2; exit 128`;
    return start('sh', ['-c', script], options);
  };

  /** A process that has no file handle left cannot make the pipes of another. */
  function withoutFiles(work) {
    const held = [];
    try {
      while (held.length < MOST_FILES) held.push(real.openSync('/dev/null'));
    } catch {
      // No more: as it should be.
    }
    try {
      return work();
    } finally {
      for (const fd of held) real.closeSync(fd);
    }
  }

  require('node:module').syncBuiltinESMExports();
}
