import { tryAll } from './attack.ts';
import { TRIED } from './refs.tried.ts';

tryAll(TRIED);
