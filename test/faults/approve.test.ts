import { strikeAll } from './crash.ts';
import { TRIED } from './approve.tried.ts';

strikeAll(TRIED);
