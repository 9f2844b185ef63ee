import { TRIED } from './clones.tried.ts';
import { tryFaults } from './trial.ts';

tryFaults(TRIED);
