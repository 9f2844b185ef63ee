import { strikeAll } from './crash.ts';
import { TRIED } from './hook.tried.ts';

strikeAll(TRIED);
