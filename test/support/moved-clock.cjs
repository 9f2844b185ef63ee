'use strict';
// A preload (NODE_OPTIONS=--require) that gives a process, and every hook that it starts, another clock than the machine's.
// The file named by MOVED_CLOCK says which, and may be written again at any time: `{"at": <ms since 1970>}` stands still,
// `{"by": <ms>}` goes ahead of the machine's, or after it.

const { readFileSync } = require('node:fs');

const file = process.env.MOVED_CLOCK;
if (file !== undefined) {
  const RealDate = Date;
  const now = () => {
    const { at, by } = JSON.parse(readFileSync(file, 'utf8'));
    return at ?? RealDate.now() + by;
  };
  const MovedDate = new Proxy(RealDate, {
    apply: () => new MovedDate().toString(),
    construct: (target, given, made) =>
      Reflect.construct(target, given.length === 0 ? [now()] : given, made === MovedDate ? target : made),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
  globalThis.Date = MovedDate;
}
