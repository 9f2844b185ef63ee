export function validatorsAtBuildTime() {
  return { name: 'validators', setup() {} };
}
