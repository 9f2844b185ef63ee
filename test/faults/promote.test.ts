import { strikeAll } from './crash.ts';
import { TRIED } from './promote.tried.ts';

strikeAll(TRIED);
