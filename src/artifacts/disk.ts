import { promises } from 'node:fs';

/** The calls of the operating system that stores make, so that a test can let one of them fail. */
export type Disk = Pick<
  typeof promises,
  | 'copyFile'
  | 'link'
  | 'lstat'
  | 'mkdir'
  | 'open'
  | 'readdir'
  | 'readFile'
  | 'realpath'
  | 'rename'
  | 'rm'
  | 'stat'
  | 'utimes'
>;

/** The disk of this machine. */
export const realDisk: Disk = promises;
