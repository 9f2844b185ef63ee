import { tryAll } from './attack.ts';
import { TRIED } from './signatures.tried.ts';

tryAll(TRIED);
