import { tryAll } from './attack.ts';
import { TRIED } from './keys.tried.ts';

tryAll(TRIED);
