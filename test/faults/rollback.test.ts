import { strikeAll } from './crash.ts';
import { TRIED } from './rollback.tried.ts';

strikeAll(TRIED);
