import { crashVariants } from './crash.ts';
import { PROMOTION } from './promote.tried.ts';

/** The hook that judges a promotion, struck everywhere: it refuses, and nothing has moved. */
export const TRIED = crashVariants({ ...PROMOTION, as: 'hook' });
