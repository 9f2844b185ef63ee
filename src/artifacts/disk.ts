import { promises } from 'node:fs';
import { quickDisk, type QuickDisk } from './quick-disk.ts';

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
> & {
  /** Where absent, small files take the same way as large ones. */
  readonly quick?: QuickDisk;
};

/** The disk of this machine. */
export const realDisk: Disk = { ...promises, quick: quickDisk };
