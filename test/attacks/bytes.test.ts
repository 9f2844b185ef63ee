import { tryAll } from './attack.ts';
import { TRIED } from './bytes.tried.ts';

tryAll(TRIED);
