import { tryAll } from './attack.ts';
import { TRIED } from './clients.tried.ts';

tryAll(TRIED);
