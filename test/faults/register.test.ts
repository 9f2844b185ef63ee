import { strikeAll } from './crash.ts';
import { TRIED } from './register.tried.ts';

strikeAll(TRIED);
