import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { SCHEMAS, type Kind } from './kinds/index.ts';

const compiled = new Map<Kind, ValidateFunction>();

/** Returns the check of one kind's shape; an empty list means that the value has it. */
export function validatorOf(kind: Kind): (value: unknown) => ErrorObject[] {
  return (value) => {
    const validate = compiled.get(kind) ?? compile(kind);
    return validate(value) ? [] : (validate.errors ?? []);
  };
}

function compile(kind: Kind): ValidateFunction {
  const validate = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(SCHEMAS[kind]);
  compiled.set(kind, validate);
  return validate;
}
