import type { ByteOptions, TransferOptions } from './port.ts';

/** Counts a transfer of many files and tells its progress; `bytes` goes to each single read or write. */
export interface Tally {
  readonly bytes: ByteOptions;
  fileDone(): void;
}

/** Starts counting the transfer of `files`. */
export function startTally(files: readonly { readonly size: number }[], options: TransferOptions): Tally {
  const totals = { totalFiles: files.length, totalBytes: files.reduce((sum, { size }) => sum + size, 0) };
  const done = { files: 0, bytes: 0 };
  const tell = (): void => {
    options.onProgress?.({ ...done, ...totals });
  };
  return {
    bytes: {
      onBytes: (bytes) => {
        done.bytes += bytes;
        tell();
      },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
    fileDone: () => {
      done.files += 1;
      tell();
    },
  };
}
