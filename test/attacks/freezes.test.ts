import { tryAll } from './attack.ts';
import { TRIED } from './freezes.tried.ts';

tryAll(TRIED);
