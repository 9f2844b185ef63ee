import { tryAll } from './attack.ts';
import { TRIED } from './changes.tried.ts';

tryAll(TRIED);
