import { tryAll } from './attack.ts';
import { TRIED } from './rollbacks.tried.ts';

tryAll(TRIED);
